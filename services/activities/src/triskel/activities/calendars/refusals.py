"""Why a date or a slot is not one that an activity can have."""

from triskel.contracts.refusals import Invalid


class TimeWithoutZone(Invalid):
    """Times carry a zone."""

    field = "slot.starts_at"
    en = "Times carry a zone, such as +01:00."
    fr = "Une heure porte un fuseau, comme +01:00."


class DateInThePast(Invalid):
    """What is planned is to come."""

    field = "slot.starts_at"
    en = "It is over: plan for a time to come."
    fr = "C'est passé : choisissez un moment à venir."


class SlotEndsBeforeItStarts(Invalid):
    """A slot ends after it starts."""

    field = "slot.ends_at"
    en = "It ends before it starts."
    fr = "La fin est avant le début."


class SlotTooLong(Invalid):
    """A format has a length."""

    field = "slot.ends_at"
    en = "This format lasts {longest} at most."
    fr = "Ce format dure au plus {longest}."


class DateOutsideSchoolYear(Invalid):
    """An activity is on a day of its school year."""

    en = "{why[en]}."
    fr = "{why[fr]}."


class DateInSchoolHolidays(Invalid):
    """An activity of a school is on a day of school."""

    en = "School is out: {holiday}."
    fr = "Il n'y a pas école : {holiday}."


class DateAtWeekend(Invalid):
    """Nothing is on a Sunday, and on Saturdays only what parents and teams come to."""

    en = "{why[en]}."
    fr = "{why[fr]}."
