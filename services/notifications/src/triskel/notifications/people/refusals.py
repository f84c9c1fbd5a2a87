"""Why nothing is told of a person."""

from triskel.contracts.refusals import Forbidden, NotFound


class PersonNotYours(Forbidden):
    """What is held about a person is for themselves, who leads their organisation, and the
    coordinator."""

    field = "id"
    en = "Only the person, who leads their organisation or the region's coordinator may see this."
    fr = "Seuls la personne, la direction de son organisation ou la coordination peuvent voir cela."


class PersonUnknown(NotFound):
    """No person has this id, or the person was erased."""

    field = "id"
    en = "There is no such person."
    fr = "Cette personne n'existe pas."
