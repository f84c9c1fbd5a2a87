"""Why something cannot be said of an organisation, or not by this caller."""

from triskel.contracts.refusals import Forbidden, Invalid


class HeadOnly(Forbidden):
    """What is said of an organisation is said by who leads it, or by the coordinator."""

    en = "Only the organisation's head, or the region's coordinator, may do this."
    fr = "Seule la direction de l'organisation, ou la coordination de la région, le peut."


class FactOfRegister(Forbidden):
    """What an official register says of an organisation is changed by the coordinator alone."""

    en = "{name} comes from an official register: only the region's coordinator changes it."
    fr = "{name} vient d'un registre officiel : seule la coordination de la région le modifie."


class FactOfAnotherKind(Invalid):
    """Levels, pupils and priority education are said of those who teach."""

    en = "An organisation of the kind {kind} has no {name}."
    fr = "Une organisation du type {kind} n'a pas de {name}."


class AreaOfAnotherRegion(Invalid):
    """An organisation lies in its region: the code of its area begins with the region's."""

    field = "nuts3"
    en = "An organisation of {region} lies in an area whose NUTS 3 code begins with {region}."
    fr = (
        "Une organisation de {region} se situe dans une zone dont le code NUTS 3 commence par "
        "{region}."
    )
