"""Why something cannot be done with a membership."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class MembershipUnknown(NotFound):
    """No membership has this id."""

    field = "id"
    en = "There is no such membership."
    fr = "Cette appartenance n'existe pas."


class MembershipNotYours(Forbidden):
    """A membership is for the member, for who leads the organisation, and for the coordinator."""

    en = "Only the member, the organisation's head or the region's coordinator may do this."
    fr = "Seuls le membre, la direction de l'organisation ou la coordination le peuvent."


class MembersByHeadOnly(Forbidden):
    """Members are approved by who leads the organisation, or by the coordinator."""

    en = "Only the organisation's head, or the region's coordinator, decides on its members."
    fr = "Seule la direction de l'organisation, ou la coordination, décide de ses membres."


class AlreadyAMember(Conflict):
    """A person has one membership of an organisation."""

    field = "subject"
    en = "This person is a member of this organisation already, or waits to be approved."
    fr = "Cette personne est déjà membre de cette organisation, ou attend d'être approuvée."


class LastLeader(Conflict):
    """Somebody leads an organisation: its last head, or the last who speaks for a host, is taken
    away by the coordinator alone."""

    field = "roles"
    en = "Nobody else leads the organisation: let in another first, or ask the coordinator."
    fr = (
        "Personne d'autre ne dirige l'organisation : faites d'abord entrer quelqu'un d'autre, "
        "ou demandez à la coordination."
    )


class MemberRoleOfAnotherKind(Invalid):
    """A school has a head and teachers, any other organisation signatories, contacts, experts."""

    field = "roles"
    en = "An organisation of the kind {kind} has no {role}: its members are {fitting}."
    fr = "Une organisation du type {kind} n'a pas de {role} : ses membres sont {fitting}."


class IssuerNotTrusted(Invalid):
    """An identity is of an issuer that may speak for the organisation's region."""

    field = "issuer"
    en = "No issuer of this name is trusted here for {region}."
    fr = "Aucun émetteur de ce nom n'est reconnu ici pour {region}."


class NoMemberRole(Conflict):
    """A contact becomes a member in the roles that it has in its organisation."""

    field = "roles"
    en = "This contact has no role in its organisation, so nobody becomes its member by it."
    fr = "Ce contact n'a pas de rôle dans son organisation : il ne donne aucune appartenance."
