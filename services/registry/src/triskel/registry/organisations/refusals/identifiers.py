"""What is wrong with an official identifier."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid


class IdentifierTwice(Invalid):
    """An identifier numbers one organisation or one site."""

    en = "The {scheme} {number} stands here twice: it numbers one organisation or one site."
    fr = "Le numéro {number} ({scheme}) figure deux fois : il désigne une organisation ou un site."


class IdentifierTaken(Conflict):
    """An identifier belongs to one organisation."""

    en = (
        "Another organisation has the {scheme} {number}: one identifier belongs to one "
        "organisation."
    )
    fr = (
        "Une autre organisation a le numéro {number} ({scheme}) : un identifiant appartient à une "
        "seule organisation."
    )


class IdentifierSchemeUnknown(Invalid):
    """Before the colon of an identifier stands its scheme."""

    field = "identifier"
    en = "Before the colon stands one of {schemes}."
    fr = "Devant les deux-points, il faut l'un de {schemes}."


class IdentifierOfOtherKind(Invalid):
    """A register numbers organisations of some kinds only."""

    en = "A {scheme} numbers one of {kinds}; this is a {kind}."
    fr = "Un numéro {scheme} désigne l'un de {kinds} ; ceci est : {kind}."


class IdentifierByCoordinatorOnly(Forbidden):
    """Who has a number of a register of education is that school to everybody."""

    en = (
        "A {scheme} is set and taken away by the region's coordinator, and by imports of its "
        "register."
    )
    fr = (
        "Un numéro {scheme} est donné et retiré par la coordination de la région et par les "
        "imports de son registre."
    )


class IdentifierOfNoSite(Invalid):
    """A site has a number of a place."""

    field = "sites.identifier"
    en = "A {scheme} numbers a legal unit and no place: a site has one of {schemes}, or none."
    fr = (
        "Un numéro {scheme} désigne une personne morale et non un lieu : un site a l'un de "
        "{schemes}, ou aucun."
    )


class IdentifierOfZeros(Invalid):
    """A number of zeros stands for one that is missing."""

    en = "{given!r} is not a {scheme}: nothing but zeros stands for a missing number."
    fr = "{given!r} n'est pas un numéro {scheme} : des zéros remplacent un numéro absent."


class UaiShape(Invalid):
    """A UAI is seven digits and a letter."""

    en = "{given!r} is not a UAI: it must be seven digits and a letter."
    fr = "{given!r} n'est pas un UAI : il faut sept chiffres et une lettre."


class UaiCheckLetter(Invalid):
    """The letter of a UAI is that of its digits modulo 23 (the ministry's table)."""

    en = "{given!r} is not a UAI: its letter must be {letter}."
    fr = "{given!r} n'est pas un UAI : sa lettre doit être {letter}."


class SirenShape(Invalid):
    """A SIREN is nine digits."""

    en = "{given!r} is not a SIREN: it must be nine digits."
    fr = "{given!r} n'est pas un SIREN : il faut neuf chiffres."


class SirenCheckDigit(Invalid):
    """A SIREN passes Luhn's check (INSEE)."""

    en = "{given!r} is not a SIREN: its Luhn sum is {total}, which is not a multiple of 10."
    fr = "{given!r} n'est pas un SIREN : sa somme de Luhn est {total}, non multiple de 10."


class SiretShape(Invalid):
    """A SIRET is fourteen digits."""

    en = "{given!r} is not a SIRET: it must be fourteen digits."
    fr = "{given!r} n'est pas un SIRET : il faut quatorze chiffres."


class SiretCheckDigit(Invalid):
    """A SIRET passes Luhn's check (INSEE)."""

    en = "{given!r} is not a SIRET: its Luhn sum is {total}, which is not a multiple of 10."
    fr = "{given!r} n'est pas un SIRET : sa somme de Luhn est {total}, non multiple de 10."


class SiretOfNoSiren(Invalid):
    """A SIRET begins with a SIREN (INSEE)."""

    en = (
        "{given!r} is not a SIRET: its first nine digits are no SIREN: their Luhn sum is {total}, "
        "which is not a multiple of 10."
    )
    fr = (
        "{given!r} n'est pas un SIRET : ses neuf premiers chiffres ne sont pas un SIREN : leur "
        "somme de Luhn est {total}, non multiple de 10."
    )


class SiretOfLaPoste(Invalid):
    """La Poste has more sites than Luhn's check leaves numbers for (INSEE)."""

    en = (
        "{given!r} is not a SIRET: the digits of a site of La Poste add up to a multiple of 5, "
        "these to {total}."
    )
    fr = (
        "{given!r} n'est pas un SIRET : la somme des chiffres d'un site de La Poste est un "
        "multiple de 5, ici elle est de {total}."
    )


class BrinShape(Invalid):
    """A BRIN is two digits and two letters, and two digits for a site."""

    en = (
        "{given!r} is not a BRIN: it must be two digits and two letters, with the two digits of a "
        "site or without."
    )
    fr = (
        "{given!r} n'est pas un BRIN : il faut deux chiffres et deux lettres, avec ou sans les "
        "deux chiffres d'un site."
    )


class BrinSiteMissing(Invalid):
    """The BRIN of a site has the two digits of the site."""

    en = "{given!r} is not a BRIN of a site: a site has its two digits, as in 00AB01."
    fr = "{given!r} n'est pas le BRIN d'un site : un site a ses deux chiffres, comme 00AB01."


class KvkShape(Invalid):
    """A KvK number is eight digits."""

    en = "{given!r} is not a KVK: it must be eight digits."
    fr = "{given!r} n'est pas un numéro KVK : il faut huit chiffres."


class CvrShape(Invalid):
    """A CVR number is eight digits."""

    en = "{given!r} is not a CVR: it must be eight digits, of which the first is not 0."
    fr = "{given!r} n'est pas un CVR : il faut huit chiffres, dont le premier n'est pas 0."


class CvrCheckDigit(Invalid):
    """The weighted digits of a CVR number add up to a multiple of 11."""

    en = (
        "{given!r} is not a CVR: its digits, weighted {weights}, add up to {total}: divided by 11 "
        "that leaves {rest}, and must leave 0."
    )
    fr = (
        "{given!r} n'est pas un CVR : la somme de ses chiffres, pondérés par {weights}, est "
        "{total} : divisée par 11, elle laisse {rest} et doit laisser 0."
    )


class CifShape(Invalid):
    """A number of the Spanish register has nine characters."""

    en = (
        "{given!r} is not a CIF: it must be a digit or a letter of the Spanish register, seven "
        "digits and a control character."
    )
    fr = (
        "{given!r} n'est pas un CIF : il faut un chiffre ou une lettre du registre espagnol, sept "
        "chiffres et un caractère de contrôle."
    )


class CifCheckDigit(Invalid):
    """The control character is the one that the Spanish register gives."""

    en = "{given!r} is not a CIF: its control character must be {expected}, not {found}."
    fr = (
        "{given!r} n'est pas un CIF : son caractère de contrôle doit être {expected}, et non "
        "{found}."
    )


class EsSchoolShape(Invalid):
    """The code of a Spanish school is eight digits."""

    en = "{given!r} is not an ES-SCHOOL: it must be eight digits."
    fr = "{given!r} n'est pas un code ES-SCHOOL : il faut huit chiffres."


class EsSchoolProvince(Invalid):
    """The code of a Spanish school begins with its province."""

    en = (
        "{given!r} is not an ES-SCHOOL: it must begin with a province, 01 to 52 (60 abroad), not "
        "{province}."
    )
    fr = (
        "{given!r} n'est pas un code ES-SCHOOL : il commence par une province, 01 à 52 (60 à "
        "l'étranger), et non {province}."
    )
