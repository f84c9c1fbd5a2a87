"""Why an offer cannot be kept as it is wanted, or nothing be asked from it."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class OfferUnknown(NotFound):
    """No offer has this id, or it is a draft of another."""

    field = "id"
    en = "There is no such offer."
    fr = "Cette offre n'existe pas."


class HostOnly(Forbidden):
    """An offer is kept by its host."""

    en = "Only the host and its region's coordinator may do this with an offer."
    fr = "Seuls l'hôte et la coordination de sa région peuvent faire cela avec une offre."


class HostIsASchool(Conflict):
    """A school hosts no offers."""

    field = "host_id"
    en = "A school hosts no offers."
    fr = "Un établissement scolaire ne propose pas d'offres."


class SeasonsMissing(Conflict):
    """A published offer says when."""

    field = "seasons"
    en = "Say in which seasons the host takes activities."
    fr = "Indiquez les saisons où l'hôte accueille des activités."


class SeasonBelowTaken(Conflict):
    """What was promised binds later changes."""

    field = "seasons.activities"
    en = "{promised} activities are agreed or asked for from {first} to {last}."
    fr = "{promised} activités sont convenues ou demandées entre le {first} et le {last}."


class SeasonEndsBeforeItBegins(Invalid):
    """A season ends on its first day or later."""

    field = "seasons.last"
    en = "A season ends on its first day or later."
    fr = "Une saison se termine le jour où elle commence, ou plus tard."


class SeasonsTooLong(Invalid):
    """Two school years are long enough."""

    field = "seasons"
    en = "All seasons together last {most} days at most."
    fr = "Toutes les saisons ensemble durent au plus {most} jours."


class SeasonsOverlap(Invalid):
    """A day belongs to one season."""

    field = "seasons.first"
    en = "A day belongs to one season."
    fr = "Un jour appartient à une seule saison."


class RadiusWithoutSchool(Invalid):
    """A radius is for activities at schools."""

    field = "radius_km"
    en = "A radius is for activities at schools."
    fr = "Un rayon vaut pour les activités dans les établissements."


class PupilsAboveCapacity(Invalid):
    """No more come than the host takes."""

    en = "The host takes {capacity} at a time."
    fr = "L'hôte accueille {capacity} personnes à la fois."


class LevelNotOffered(Invalid):
    """An offer is for some levels."""

    field = "levels"
    en = "The offer is for ISCED {levels}."
    fr = "L'offre est pour les niveaux {levels} de la CITE."


class SeasonFull(Conflict):
    """No more is taken of a season than there is."""

    en = "From {first} to {last} the host takes {activities}, and all are agreed or asked for."
    fr = (
        "Du {first} au {last}, l'hôte en accueille {activities}, et toutes sont convenues ou "
        "demandées."
    )


class PlaceNotOffered(Invalid):
    """An activity is where the offer has it."""

    field = "wished.place"
    en = "The offer is for: {places}."
    fr = "L'offre est pour : {places}."


class DateOutsideSeasons(Invalid):
    """An activity is in a season of its offer."""

    field = "wished.starts_at"
    en = "The host takes activities in: {seasons}."
    fr = "L'hôte accueille des activités dans : {seasons}."


class WeekdayNotOffered(Invalid):
    """An activity is on a weekday of its season."""

    field = "wished.starts_at"
    en = "The host takes the ISO weekdays {weekdays}."
    fr = "L'hôte accueille les jours ISO {weekdays}."


class HalfDayNotOffered(Invalid):
    """An activity is in a half day of its season."""

    field = "wished.starts_at"
    en = "The host takes: {half_days}."
    fr = "L'hôte accueille : {half_days}."


class LeadTimeTooShort(Invalid):
    """A host needs time."""

    field = "wished.starts_at"
    en = "The host needs {days} days: ask for {first} or later."
    fr = "L'hôte a besoin de {days} jours : demandez le {first} ou plus tard."


class TooFar(Invalid):
    """A host comes as far as it says."""

    field = "school_id"
    en = "The host comes as far as {radius} km; the school is {away} km away."
    fr = "L'hôte se déplace jusqu'à {radius} km ; l'établissement est à {away} km."


class PositionMissing(Invalid):
    """Near is near to somewhere."""

    en = "Give latitude and longitude."
    fr = "Donnez la latitude et la longitude."


class PeriodOver(Invalid):
    """What is looked for is to come."""

    field = "date_to"
    en = "The time asked for ends before it begins, or in the past."
    fr = "La période demandée finit avant de commencer, ou dans le passé."
