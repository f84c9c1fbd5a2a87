"""Why a token confirms nothing."""

from triskel.contracts.refusals import NotFound


class TokenUnknown(NotFound):
    """One answer for a token that never was, one that is too old, was used or was replaced: who
    tries tokens learns nothing."""

    field = "token"
    en = "This link does not work, or not any more. Ask for a new one."
    fr = "Ce lien ne fonctionne pas, ou plus. Demandez-en un nouveau."
