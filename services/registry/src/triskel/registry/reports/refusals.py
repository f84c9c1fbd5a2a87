"""Why a report is not taken, or not closed."""

from triskel.contracts.refusals import Conflict, Forbidden, NotFound


class ReportUnknown(NotFound):
    """A report has an id."""

    field = "report_id"
    en = "There is no such report."
    fr = "Ce signalement n'existe pas."


class ReportedThingUnknown(NotFound):
    """What is reported is known here: activities arrive by events."""

    field = "subject_id"
    en = "Nothing of this kind is known here by this id (yet: activities arrive by events)."
    fr = "Rien de tel n'est (encore) connu ici sous cet id : les activités arrivent par événements."


class ReportedAlready(Conflict):
    """A person's report of a thing is open once."""

    field = "subject_id"
    en = "You have reported it; the coordinator has not answered yet."
    fr = "Vous l'avez déjà signalé ; la coordination n'a pas encore répondu."


class ReportNotYours(Forbidden):
    """A report is read by who made it and by the coordinator, who closes it."""

    en = "This report is for who made it and for the coordinator of its region."
    fr = "Ce signalement est pour son auteur et pour la coordination de sa région."
