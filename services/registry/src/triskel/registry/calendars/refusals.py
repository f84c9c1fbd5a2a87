"""Why a calendar is refused."""

from triskel.contracts.refusals import Invalid, NotFound


class CalendarUnknown(NotFound):
    """Somebody has set the calendar of a region and a school year."""

    field = "school_year"
    en = "Nobody has set the calendar of {region} for {school_year}."
    fr = "Personne n'a défini le calendrier de {region} pour {school_year}."


class DayOutsideSchoolYear(Invalid):
    """A school year begins in its first year and ends in its second."""

    en = "{name} of {school_year} is in {year}."
    fr = "{name} de {school_year} se trouve en {year}."


class HolidayEndsBeforeItStarts(Invalid):
    """A holiday's last day is not before its first."""

    en = "{title!r} ends on {last}, before its first day, {first}."
    fr = "{title!r} finit le {last}, avant son premier jour, le {first}."


class HolidayOutsideSchoolYear(Invalid):
    """A holiday lies inside its school year."""

    en = (
        "{title!r}, {first} to {last}, is not inside the school year, {first_day} to {last_day}; "
        "what is outside needs no holiday."
    )
    fr = (
        "{title!r}, du {first} au {last}, n'est pas dans l'année scolaire, du {first_day} au "
        "{last_day} ; en dehors, il ne faut pas de congé."
    )


class HolidaysOutOfOrder(Invalid):
    """Holidays are given in the order of their days."""

    en = "{title!r}, from {first}, comes before {other!r}, from {other_first}."
    fr = "{title!r}, à partir du {first}, vient avant {other!r}, à partir du {other_first}."


class HolidaysOverlap(Invalid):
    """One holiday ends before the next begins."""

    en = "{title!r}, from {first}, overlaps {other!r}, which lasts until {other_last}."
    fr = "{title!r}, à partir du {first}, chevauche {other!r}, qui dure jusqu'au {other_last}."
