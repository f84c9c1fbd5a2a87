"""Why something cannot be done with a contact."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class ContactUnknown(NotFound):
    """No contact has this id."""

    field = "id"
    en = "There is no such contact."
    fr = "Ce contact n'existe pas."


class RoleByCoordinatorOnly(Forbidden):
    """A role that goes beyond one organisation is given by the region's coordinator."""

    field = "roles"
    en = "Only the region's coordinator gives this role, because it goes beyond one organisation."
    fr = "Seule la coordination de la région donne ce rôle, car il dépasse une seule organisation."


class RoleByHeadOnly(Forbidden):
    """Who leads an organisation is named by who leads it, or by the coordinator."""

    field = "roles"
    en = "Only the organisation's head, or the region's coordinator, gives this role."
    fr = "Seule la direction de l'organisation, ou la coordination de la région, donne ce rôle."


class RoleOfAnotherKind(Invalid):
    """A school has a head and teachers; any other organisation has neither."""

    field = "roles"
    en = "An organisation of the kind {kind} has no {role}: its people are {fitting}."
    fr = "Une organisation du type {kind} n'a pas de {role} : ses rôles sont {fitting}."


class PersonNotYours(Forbidden):
    """A person is changed or erased by themselves, by who leads their organisation, or by the
    coordinator."""

    en = "Only the person, the organisation's head or the region's coordinator may do this."
    fr = "Seules la personne, la direction de l'organisation ou la coordination le peuvent."


class ConsentByCoordinatorOnly(Forbidden):
    """A consent that was given elsewhere is recorded by the coordinator, who answers for it."""

    field = "consent_given_on"
    en = "Only the region's coordinator may record a consent; others let the person be invited."
    fr = (
        "Seule la coordination de la région peut enregistrer un consentement ; les autres font "
        "inviter la personne."
    )


class ContactExists(Conflict):
    """An organisation has one contact with an address."""

    field = "email"
    en = "This organisation has a contact with this address."
    fr = "Cette organisation a déjà un contact avec cette adresse."


class ContactConfirmed(Conflict):
    """Who has confirmed is not asked again."""

    field = "confirmed"
    en = "This person has confirmed already."
    fr = "Cette personne a déjà confirmé."


class ClaimOpen(Conflict):
    """While a person claims an organisation, the claim is what confirms them or not, and there is
    no second one."""

    en = "This person's claim of the organisation waits for its answer, which comes first."
    fr = "La demande de cette personne pour l'organisation attend sa réponse, qui vient d'abord."


class InvitedJustNow(Conflict):
    """Nobody is mailed more often than every quarter of an hour."""

    field = "invited_at"
    en = "An invitation has just gone; another may follow from {again}."
    fr = "Une invitation vient de partir ; une autre pourra suivre à partir de {again}."


class EmailMalformed(Invalid):
    """An address is one of RFC 5322 and RFC 6532, without quotes, in a domain of IDNA 2008."""

    field = "email"
    en = (
        "This is not an e-mail address: name@domain.tld, the name without quotes and of at most 64 "
        "bytes."
    )
    fr = (
        "Ce n'est pas une adresse électronique : nom@domaine.tld, le nom sans guillemets et de 64 "
        "octets au plus."
    )


class ConsentInTheFuture(Invalid):
    """A consent was given before it is recorded."""

    field = "consent_given_on"
    en = "The day of a consent cannot lie in the future."
    fr = "Le jour d'un consentement ne peut pas être dans le futur."
