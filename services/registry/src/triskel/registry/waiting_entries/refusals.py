"""Why something cannot be done with a waiting entry."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class WaitingEntryUnknown(NotFound):
    """No entry has this id."""

    field = "id"
    en = "There is no such entry."
    fr = "Cette inscription sur la liste d'attente n'existe pas."


class AlreadyWaiting(Conflict):
    """An organisation has one open entry in a school year."""

    field = "organisation_id"
    en = "This organisation waits for {school_year} already: change that entry."
    fr = "Cette organisation attend déjà pour {school_year} : modifiez cette inscription."


class WaitsForNoSchool(Invalid):
    """Who is no school's company waits for none."""

    field = "organisation_id"
    en = "An organisation of the kind {kind} is no school's company, so it waits for no school."
    fr = "Une organisation de type {kind} n'est l'entreprise d'aucun établissement."


class PartnersFoundAlready(Conflict):
    """Nobody can wish for fewer partners than were found already."""

    field = "wishes.partners"
    en = "{found} partnerships were accepted already: wish for more, or withdraw."
    fr = "{found} partenariats ont déjà été acceptés : souhaitez-en davantage, ou retirez-vous."


class SchoolYearNotOpen(Invalid):
    """Nobody can plan further than the next school year, and in one that is over there is nobody
    to find."""

    field = "school_year"
    en = "Waiting and matching are for {first} and {second} now."
    fr = "L'attente et la mise en relation concernent actuellement {first} et {second}."


class ChangeChangesNothing(Invalid):
    """A change of the wishes changes something."""

    field = "wishes"
    en = "These are the wishes as before."
    fr = "Ces souhaits sont les mêmes qu'avant."
