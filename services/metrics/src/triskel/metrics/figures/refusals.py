"""Why figures cannot be told."""

from triskel.contracts.refusals import Invalid, NotFound


class IndicatorUnknown(NotFound):
    """An indicator is one of the network's list that is measured here."""

    field = "id"
    en = "The indicators are {known}."
    fr = "Les indicateurs sont {known}."


class NoSuchIndicator(Invalid):
    """Figures are asked for by an indicator that is measured here."""

    field = "indicator"
    en = "The indicators are {known}."
    fr = "Les indicateurs sont {known}."


class DateInTheFuture(Invalid):
    """Figures are of a day that has come."""

    field = "as_of"
    en = "Today is {today}."
    fr = "Nous sommes le {today}."
