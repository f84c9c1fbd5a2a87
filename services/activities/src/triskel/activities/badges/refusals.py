"""Why there is no certificate."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class CertificatesNotSetUp(Conflict):
    """A deployment that signs certificates has a key and an address."""

    en = (
        "This deployment signs no certificates: TRISKEL_BADGE_KEY_FILE and TRISKEL_PUBLIC_URL are "
        "not set."
    )
    fr = (
        "Ce déploiement ne signe pas d'attestations : TRISKEL_BADGE_KEY_FILE et "
        "TRISKEL_PUBLIC_URL ne sont pas définis."
    )


class KeyUnknown(NotFound):
    """A key that signed certificates here has a name."""

    field = "name"
    en = "No key of this deployment has that name."
    fr = "Aucune clé de ce déploiement ne porte ce nom."


class AddressMalformed(Invalid):
    """A certificate is made out to an address of a mail."""

    field = "email"
    en = "That is no address."
    fr = "Ce n'est pas une adresse."


class CertificateNotYours(Forbidden):
    """A certificate goes to who took part, or through the coordinator."""

    en = (
        "A certificate goes to the person who took part (the token's claim 'contact'), or through "
        "the region's coordinator."
    )
    fr = (
        "Une attestation est remise à la personne qui a participé (la mention « contact » du "
        "jeton), ou passe par la coordination de la région."
    )


class CertificateRevoked(Conflict):
    """A certificate of an attendance that was put right is void."""

    field = "state"
    en = "The attendance was put right: this certificate is void."
    fr = "La présence a été rectifiée : cette attestation est annulée."


class NotAttended(Conflict):
    """Who attended has a certificate."""

    field = "state"
    en = "Who attended has a certificate; this booking is {state}."
    fr = "L'attestation est pour qui était présent ; l'état de cette réservation est {state}."
