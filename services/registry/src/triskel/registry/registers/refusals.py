"""Why a register is not looked at."""

from triskel.contracts.refusals import Invalid, NotFound


class RegisterUnknown(NotFound):
    """No register has this id."""

    field = "id"
    en = "There is no such register."
    fr = "Ce registre n'existe pas."


class ValueMissing(Invalid):
    """What every register has cannot be taken away."""

    en = "{name} cannot be empty."
    fr = "{name} ne peut pas être vide."


class SourceUnknown(Invalid):
    """A register is read from the net or from the deployment's directory."""

    field = "source"
    en = "A source is https://… or file:…."
    fr = "Une source est https://… ou file:…."


class SourceFilesOff(Invalid):
    """Files are read where the deployment has a directory of registers."""

    field = "source"
    en = "This deployment reads no files."
    fr = "Cette installation ne lit pas de fichiers."


class SourceOutside(Invalid):
    """A file lies in the registers' directory."""

    field = "source"
    en = "A file is named from the registers' directory on."
    fr = "Un fichier se nomme à partir du dossier des registres."


class SourceMalformed(Invalid):
    """A source is no place for secrets; the answer does not repeat what may be one."""

    field = "source"
    en = "A URL has a host, and no user or password."
    fr = "Une URL a un hôte, et ni utilisateur ni mot de passe."


class SourceNotPublic(Invalid):
    """A source is on the public net, so that nobody reads the deployment's own."""

    field = "source"
    en = "Its host is not on the public net."
    fr = "Son hôte n'est pas sur le réseau public."
