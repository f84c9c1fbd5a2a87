"""Why a conflict is not decided."""

from triskel.contracts.refusals import Conflict, NotFound


class ConflictUnknown(NotFound):
    """What is decided is a field of which the register says otherwise."""

    field = "field"
    en = "Its register does not say otherwise of this field, or that was decided already."
    fr = "Son registre ne dit rien d'autre de ce champ, ou c'est déjà décidé."


class NoConflict(Conflict):
    """There is something to decide while the register says otherwise."""

    en = "Its register says nothing otherwise than people who have set it."
    fr = "Son registre ne dit rien d'autre que les personnes qui l'ont indiqué."
