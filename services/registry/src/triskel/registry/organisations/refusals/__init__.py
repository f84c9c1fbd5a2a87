"""Rules of organisations and of the resources above them."""

from triskel.contracts.refusals import Forbidden, Invalid


class CoordinatorOnly(Forbidden):
    """The coordinator of the region decides this."""

    en = "Only the region's coordinator may do this."
    fr = "Seule la coordination de la région peut faire cela."


class OrganisationNotYours(Forbidden):
    """People act for their own organisation; the coordinator for the region's."""

    en = "Only people of the organisation concerned, or the region's coordinator, may do this."
    fr = "Seules les personnes de l'organisation concernée, ou la coordination, le peuvent."


class ValueMissing(Invalid):
    """What is changed gets a value where it must have one."""

    en = "{name} cannot be empty."
    fr = "{name} ne peut pas être vide."
