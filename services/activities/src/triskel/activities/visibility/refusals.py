"""Why an activity cannot be archived, hidden or shown again."""

from triskel.contracts.refusals import Conflict


class ArchivedAlready(Conflict):
    """What is archived is archived once."""

    field = "archived_at"
    en = "It is archived already."
    fr = "Elle est déjà archivée."


class NotArchived(Conflict):
    """What is taken back from the archive is in it."""

    field = "archived_at"
    en = "It is not archived."
    fr = "Elle n'est pas archivée."


class HiddenAlready(Conflict):
    """What is hidden is hidden once."""

    field = "hidden_at"
    en = "It is hidden already."
    fr = "Elle est déjà masquée."


class NotHidden(Conflict):
    """What is shown again was hidden."""

    field = "hidden_at"
    en = "It is not hidden."
    fr = "Elle n'est pas masquée."
