"""Why families cannot register, or a registration cannot be opened."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class RegistrationNotOpen(Conflict):
    """Families register while their link is open."""

    en = "Families cannot register here now."
    fr = "Les familles ne peuvent pas s'inscrire ici en ce moment."


class UntilNotBeforeTheStart(Invalid):
    """Families register until it starts at the latest."""

    field = "until"
    en = "Families register from now until it starts at the latest."
    fr = "Les familles s'inscrivent à partir de maintenant et au plus tard jusqu'au début."


class QuotaOverCapacity(Invalid):
    """Families are not more than there is room for."""

    field = "quota"
    en = "There is room for {capacity}."
    fr = "Il y a de la place pour {capacity} personnes."


class QuotaTaken(Conflict):
    """Nobody loses a place that was given."""

    field = "quota"
    en = "{booked} people are registered."
    fr = "{booked} personnes sont inscrites."


class RegistrationOver(Conflict):
    """Families register in time, for what takes place."""

    en = "It is not possible to register any more."
    fr = "Il n'est plus possible de s'inscrire."


class WaitingListFull(Conflict):
    """As many wait as there are places, and no more."""

    en = "It is full, and so is the waiting list."
    fr = "C'est complet, et la liste d'attente aussi."


class LinkUnknown(NotFound):
    """A link that is void is one that never was."""

    field = "token"
    en = "This link is not valid, or not any more."
    fr = "Ce lien n'est pas valable, ou ne l'est plus."


class SecretInUse(Conflict):
    """A family's secret is of one registration."""

    field = "own_token"
    en = "Take another secret."
    fr = "Prenez un autre secret."


class RegistrationUnknown(NotFound):
    """A registration is seen by its own secret."""

    field = "token"
    en = "There is no such registration."
    fr = "Cette inscription n'existe pas."


class NothingToChange(Invalid):
    """A change changes something."""

    field = "quota"
    en = "Say a quota or a last moment."
    fr = "Indiquez un nombre de places ou une date limite."


class FormMalformed(Invalid):
    """A page's form is sent as it was shown."""

    en = "The form was not sent as it was shown."
    fr = "Le formulaire n'a pas été envoyé tel qu'il était affiché."


class PartyTooLarge(Invalid):
    """A family is as many people as its region takes at once."""

    field = "adults"
    en = "One registration is for {most} of them at most."
    fr = "Une inscription vaut pour {most} au plus."
