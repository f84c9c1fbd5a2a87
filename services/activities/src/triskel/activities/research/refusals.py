"""Why something cannot be done in a research work."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class ResearchNotPlanned(Conflict):
    """A research work is planned before anything is recorded."""

    field = "research"
    en = "Plan the research work first."
    fr = "Planifiez d'abord le travail de recherche."


class NoSessionOver(Conflict):
    """A session is recorded once it is over."""

    field = "research.sessions"
    en = "No session is over that is not recorded."
    fr = "Aucune séance terminée n'est encore à consigner."


class NoMilestoneLeft(Conflict):
    """A milestone is reached once."""

    field = "research.milestones"
    en = "All are reached."
    fr = "Toutes les étapes sont atteintes."


class ReportAccepted(Conflict):
    """A report is accepted once."""

    field = "research.report"
    en = "The tutor accepted it."
    fr = "Le tuteur ou la tutrice l'a accepté."


class ReportSubmitted(Conflict):
    """Where there is a report, none is missing."""

    field = "research.report"
    en = "There is a report."
    fr = "Il y a un rapport."


class GroupEmpty(Invalid):
    """Somebody does the research."""

    field = "group"
    en = "Somebody does the research."
    fr = "Il faut au moins une personne dans le groupe."


class GroupOverCapacity(Invalid):
    """A group is not larger than the activity has room for."""

    field = "group"
    en = "The group has {people} pupils, but there is room for {capacity}."
    fr = "Le groupe compte {people} élèves, mais il n'y a de place que pour {capacity}."


class SessionsOverlap(Invalid):
    """One session ends before the next begins."""

    field = "sessions.starts_at"
    en = "One session ends before the next begins."
    fr = "Une séance se termine avant que la suivante commence."


class SessionOutsideTheSlot(Invalid):
    """Sessions lie within the activity's own slot."""

    field = "sessions.starts_at"
    en = "Sessions lie within the activity's own slot."
    fr = "Les séances sont comprises dans le créneau de l'activité."


class SessionTooLong(Invalid):
    """A session has a length that pupils can bear."""

    field = "sessions.ends_at"
    en = "A session lasts {longest} at most."
    fr = "Une séance dure au plus {longest}."


class MilestoneOutsideTheSlot(Invalid):
    """A milestone is due on a day of the activity."""

    field = "milestones.due_on"
    en = "Milestones are due from {first} to {last}."
    fr = "Les étapes sont à atteindre entre le {first} et le {last}."


class SessionUnknown(NotFound):
    """A session has a number."""

    field = "number"
    en = "There is no such session."
    fr = "Cette séance n'existe pas."


class SessionRecorded(Conflict):
    """A session is recorded once."""

    field = "state"
    en = "That session is {state}."
    fr = "Cette séance a déjà l'état {state}."


class SessionNotOver(Conflict):
    """What is not over cannot be counted."""

    field = "sessions.ends_at"
    en = "A session is recorded once it is over."
    fr = "Une séance se consigne une fois terminée."


class MissedWithoutReason(Invalid):
    """Of a missed session one knows why, and counts nobody."""

    field = "reason"
    en = "Say why; nobody is counted."
    fr = "Dites pourquoi ; personne n'est compté."


class AttendanceNotOfTheGroup(Invalid):
    """Who came is of the group."""

    field = "girls"
    en = "Of {group} pupils {people} cannot have come."
    fr = "Sur {group} élèves, {people} ne peuvent pas être venus."


class MilestoneUnknown(NotFound):
    """A milestone has a number."""

    field = "number"
    en = "There is no such milestone."
    fr = "Cette étape n'existe pas."


class MilestoneReached(Conflict):
    """A milestone is reached once."""

    field = "number"
    en = "It was reached before."
    fr = "Elle a déjà été atteinte."
