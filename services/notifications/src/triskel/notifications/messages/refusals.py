"""Why something cannot be done with a message."""

from triskel.contracts.refusals import Conflict, Forbidden, NotFound


class MessageUnknown(NotFound):
    """No message has this id, or it is another organisation's."""

    field = "id"
    en = "There is no such message."
    fr = "Ce message n'existe pas."


class MessageIsALetter(Conflict):
    """The token of a letter is kept until it is sent, and no longer."""

    field = "reason"
    en = "Its token is forgotten: let the registry invite the person again."
    fr = "Son jeton est oublié : faites inviter de nouveau la personne par le registre."


class MessageNotFailed(Conflict):
    """What was given up is tried again, and nothing else."""

    field = "state"
    en = "Only a message that was given up is tried again; this one is {state}."
    fr = "Seul un message abandonné peut être renvoyé ; l'état de celui-ci est {state}."


class OrganisationMissing(Forbidden):
    """An inbox is an organisation's."""

    en = "Your token speaks for no organisation, so it has no inbox."
    fr = "Votre jeton ne parle pour aucune organisation : il n'a donc pas de boîte de réception."
