"""Why something cannot be done in a task-force meeting."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class DelegationsMissing(Conflict):
    """A meeting has delegations before it has an agenda."""

    field = "task_force"
    en = "Set mode and delegations first."
    fr = "Indiquez d'abord le mode et les délégations."


class MinutesMissing(Conflict):
    """What is approved was published."""

    field = "task_force.minutes"
    en = "There are no minutes yet."
    fr = "Il n'y a pas encore de compte rendu."


class MinutesNotPublished(NotFound):
    """Minutes are read once they are published."""

    field = "minutes"
    en = "There are no minutes yet."
    fr = "Il n'y a pas encore de compte rendu."


class NothingToApprove(Conflict):
    """A delegation approves once."""

    field = "task_force.minutes.approvals"
    en = "You speak for no delegation whose approval is missing."
    fr = "Vous ne représentez aucune délégation dont l'approbation manque."


class NoOpenItem(Conflict):
    """An action item is ticked once."""

    field = "task_force.action_items"
    en = "You have no open action item here."
    fr = "Vous n'avez ici aucune action à terminer."


class DelegationTwice(Invalid):
    """An organisation comes with one region, as delegates or as guests."""

    field = "delegations.organisation_id"
    en = "An organisation is named once, among the delegations or the guests."
    fr = "Une organisation est nommée une seule fois, parmi les délégations ou les invités."


class DelegatesOverTheirNumber(Invalid):
    """The host says how many delegates a region sends."""

    field = "delegations.delegates"
    en = "The host allows {most} delegates of a region; of {region} they are {sent}."
    fr = "L'hôte admet {most} délégués par région ; pour {region} ils sont {sent}."


class DelegationNotOfTheMode(Invalid):
    """On site nobody is remote; remotely everybody is."""

    field = "delegations.remote"
    en = "The meeting is {mode}: a hybrid one takes both."
    fr = "La réunion est en mode {mode} : seul le mode hybride accepte les deux."


class DelegatesOverCapacity(Invalid):
    """Delegates are not more than there is room for."""

    field = "delegations.delegates"
    en = "{people} delegates and guests are more than {capacity}."
    fr = "{people} délégués et invités, c'est plus que {capacity}."


class DelegationOnTheAgenda(Conflict):
    """Who leads an item of the agenda takes part."""

    field = "delegations.region"
    en = "{region} leads an item of the agenda: change that first."
    fr = "{region} anime un point de l'ordre du jour : changez-le d'abord."


class ContinuedAlready(Conflict):
    """After a part of a dossier comes one next part; another one once that will not take place."""

    field = "task_force.dossier.next_id"
    en = "Its dossier goes on already: open the next part from the last one."
    fr = "Son dossier a déjà une suite : ouvrez la partie suivante depuis la dernière."


class DossierTooLong(Conflict):
    """A dossier has an end."""

    field = "task_force.dossier.number"
    en = "A dossier has {most} parts at most."
    fr = "Un dossier a au plus {most} parties."


class DossierUnknown(NotFound):
    """A dossier has the id of its first part."""

    field = "dossier_id"
    en = "There is no such dossier."
    fr = "Ce dossier n'existe pas."


class AgendaTooLong(Invalid):
    """An agenda fits into its meeting."""

    field = "agenda.minutes"
    en = "The agenda lasts longer than the meeting."
    fr = "L'ordre du jour dure plus longtemps que la réunion."


class VisitOutsideTheSlot(Invalid):
    """Study visits lie within the meeting's slot."""

    field = "visits.starts_at"
    en = "Study visits lie within the meeting's slot."
    fr = "Les visites d'étude sont comprises dans le créneau de la réunion."


class NoSuchDelegation(NotFound):
    """A delegation is one of the meeting's."""

    field = "region"
    en = "There is no such delegation."
    fr = "Cette délégation n'existe pas."


class ApprovedAlready(Conflict):
    """A delegation approves once."""

    field = "region"
    en = "It has approved."
    fr = "Elle a déjà approuvé."


class DelegationNotYours(Forbidden):
    """A delegation approves for itself."""

    field = "region"
    en = "A delegation approves for itself."
    fr = "Une délégation approuve pour elle-même."


class ActionItemsTooMany(Conflict):
    """All of a meeting travels in each of its events."""

    field = "task_force.action_items"
    en = "A meeting has {most} action items at most."
    fr = "Une réunion a au plus {most} actions."


class ActionItemUnknown(NotFound):
    """An action item has a number."""

    field = "number"
    en = "There is no such action item."
    fr = "Cette action n'existe pas."


class ActionItemDone(Conflict):
    """An action item is ticked once."""

    field = "number"
    en = "It was done before."
    fr = "Elle est déjà faite."


class ActionItemNotYours(Forbidden):
    """An action item is ticked by its owner."""

    field = "number"
    en = "Its owner ticks it."
    fr = "C'est la personne qui en est chargée qui la coche."
