"""Why nothing is told of a person."""

from triskel.contracts.refusals import NotFound


class PersonUnknown(NotFound):
    """No person has this id, or the person was erased."""

    field = "id"
    en = "There is no such person."
    fr = "Cette personne n'existe pas."
