"""Why a register is not looked at."""

from triskel.contracts.refusals import Invalid, NotFound


class RegisterUnknown(NotFound):
    """No register has this id."""

    field = "id"
    en = "There is no such register."
    fr = "Ce registre n'existe pas."


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


class SourceSlow(Invalid):
    """A source is fetched within a set time."""

    field = "source"
    en = "It took more than {seconds:.0f} s."
    fr = "Il a fallu plus de {seconds:.0f} s."


class SourceAway(Invalid):
    """The source's server cannot be reached; `kind` is the error's class, without its text."""

    field = "source"
    en = "It cannot be fetched: {kind}."
    fr = "Elle ne peut pas être lue : {kind}."


class SourceRefuses(Invalid):
    """The source's server answers with something other than the file."""

    field = "source"
    en = "It answers {status}."
    fr = "Elle répond {status}."


class SourceRedirects(Invalid):
    """A source leads on a limited number of times."""

    field = "source"
    en = "It leads on more than {most} times."
    fr = "Elle renvoie ailleurs plus de {most} fois."


class SourceMissing(Invalid):
    """A file that is named exists in the registers' directory."""

    field = "source"
    en = "There is no such file."
    fr = "Ce fichier n'existe pas."


class SourceTooLarge(Invalid):
    """A register has a largest size."""

    field = "source"
    en = "It has more than {largest} bytes."
    fr = "Elle a plus de {largest} octets."
