"""Why it cannot be said how an organisation answers."""

from triskel.contracts.refusals import NotFound


class NotAHost(NotFound):
    """A school asks, and is not asked."""

    field = "id"
    en = "A school is no host."
    fr = "Un établissement scolaire n'est pas une structure d'accueil."
