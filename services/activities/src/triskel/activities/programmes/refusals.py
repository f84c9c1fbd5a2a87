"""Why something cannot be done with a programme."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class PartnershipUnknown(NotFound):
    """A programme is of a partnership, which arrives by events."""

    field = "partnership_id"
    en = "There is no such partnership in that school year (yet: it arrives by events)."
    fr = (
        "Ce partenariat n'existe pas (encore) pour cette année scolaire : il arrive par événements."
    )


class PartnershipOver(Conflict):
    """A partnership that is over has its programme behind it."""

    field = "partnership_id"
    en = "The partnership is {state}: its programme stays as it is."
    fr = "L'état du partenariat est {state} : son programme reste tel quel."


class PartnershipSuspended(Conflict):
    """While a partnership is suspended nothing is planned in it."""

    field = "partnership_id"
    en = "The partnership is suspended: nothing is planned in it until that is lifted."
    fr = "Le partenariat est suspendu : rien ne s'y prévoit tant que cela dure."


class FormatTwice(Invalid):
    """A format has one target."""

    field = "targets.format"
    en = "Give each format once."
    fr = "Indiquez chaque format une seule fois."
