"""Why something cannot be done with a claim."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class ClaimUnknown(NotFound):
    """No claim has this id."""

    field = "id"
    en = "There is no such claim."
    fr = "Cette demande n'existe pas."


class ClaimNotYours(Forbidden):
    """A claim is for its claimant and the coordinator."""

    en = "A claim is for its claimant and the coordinator."
    fr = "Une demande n'est visible que de la personne qui l'a faite et de la coordination."


class OrganisationAlreadyYours(Forbidden):
    """A claim is for who speaks for no organisation."""

    en = "Your token speaks for an organisation already; a claim is for who has none."
    fr = "Votre jeton parle déjà pour une organisation ; une demande est pour qui n'en a aucune."


class RoleNotYours(Forbidden):
    """People claim in a role that they have."""

    field = "role"
    en = "You can claim in a role that your token has."
    fr = "Vous pouvez faire une demande dans un rôle que votre jeton possède."


class RoleDoesNotFit(Invalid):
    """A school is claimed by its head, any other organisation by its company contact."""

    field = "role"
    en = "A school is claimed by its head, any other organisation by its company contact."
    fr = (
        "Un établissement est demandé par sa direction, toute autre organisation par son contact "
        "d'entreprise."
    )


class StatusDoesNotAllow(Conflict):
    """Only an organisation that an official directory named, and that nobody speaks for, can be
    claimed."""

    field = "status"
    en = "Only an organisation that is imported can be claimed; this one is {status}."
    fr = "Seule une organisation importée (imported) peut être demandée ; celle-ci est : {status}."


class OrganisationClosed(Conflict):
    """Nobody can claim what its official register says is closed."""

    field = "open"
    en = "Its official register says that it closed."
    fr = "Son registre officiel indique qu'elle a fermé."


class ClaimRejected(Conflict):
    """Who was refused cannot ask again before the claim is forgotten."""

    en = "Your claim of this organisation was refused: ask the coordinator."
    fr = "Votre demande pour cette organisation a été refusée : adressez-vous à la coordination."


class TooManyClaims(Conflict):
    """Open claims of an organisation and of a person are few: each may be a mail to an official
    mailbox."""

    field = "claims"
    en = "{most} claims {whose[en]} wait for an answer already: try again later."
    fr = "{most} demandes {whose[fr]} attendent déjà une réponse : réessayez plus tard."


class ClaimClosed(Conflict):
    """A claim is decided once, while it waits for its answer."""

    field = "state"
    en = "This claim waits for no answer any more."
    fr = "Cette demande n'attend plus de réponse."
