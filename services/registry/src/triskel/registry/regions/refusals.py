"""Why a region's settings are not changed."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class RegionUnknown(NotFound):
    """A region has its settings at its home."""

    field = "region"
    en = "Nothing is known of this region here."
    fr = "On ne sait rien de cette région ici."


class RegionNotYours(Forbidden):
    """A region's settings are its coordinator's."""

    en = "The coordinator of the region sets them."
    fr = "C'est à la coordination de la région de les définir."


class SettingsUnchanged(Conflict):
    """A change changes something."""

    en = "These are its settings already."
    fr = "Ce sont déjà ses réglages."


class TimeZoneUnknown(Invalid):
    """A time zone is an IANA name."""

    field = "time_zone"
    en = "A time zone is an IANA name, such as Europe/Paris."
    fr = "Un fuseau horaire est un nom de l'IANA, comme Europe/Paris."


class ReminderAfterClosing(Invalid):
    """Who must report is reminded while it can be reported."""

    field = "reporting.reminder_days"
    en = "An activity closes {days} days after its end: a reminder on day {reminder} never comes."
    fr = "Une action est close {days} jours après sa fin : pas de rappel au jour {reminder}."


class NothingCounts(Invalid):
    """A score is of something."""

    field = "matching.weights"
    en = "At least one criterion must have a weight above 0."
    fr = "Au moins un critère doit avoir un poids supérieur à 0."
