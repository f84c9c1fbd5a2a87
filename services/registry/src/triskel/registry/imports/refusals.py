"""Why a file is not imported."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class ImportUnknown(NotFound):
    """No import has this id."""

    field = "id"
    en = "There is no such import."
    fr = "Cet import n'existe pas."


class FileEmpty(Invalid):
    """An import has a file."""

    field = "file"
    en = "Send the CSV file as the body."
    fr = "Envoyez le fichier CSV comme corps de la requête."


class TooManyWouldClose(Conflict):
    """A file that lacks many schools is probably not whole."""

    field = "max_closed"
    en = (
        "{gone} schools are not in this file and would be closed, more than {most}: is the file "
        "whole? See them with dry_run and a higher max_closed; if they are right, import with that "
        "number."
    )
    fr = (
        "{gone} établissements ne sont pas dans ce fichier et seraient fermés, plus que {most} : "
        "le fichier est-il complet ? Consultez-les avec dry_run et un max_closed plus élevé ; "
        "s'ils sont justes, importez avec ce nombre."
    )


class RegisterNotWhole(Invalid):
    """A file that closes schools tells of each line which school it is."""

    field = "file"
    en = (
        "Line {line} does not tell which school it is, so the file cannot tell which are gone. "
        "Mend the line, or import without max_closed."
    )
    fr = (
        "La ligne {line} ne dit pas de quel établissement il s'agit : le fichier ne peut donc pas "
        "dire lesquels ont disparu. Corrigez la ligne, ou importez sans max_closed."
    )
