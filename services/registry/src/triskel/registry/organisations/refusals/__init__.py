"""Who may act on what belongs to organisations: rules of all resources above them, too."""

from triskel.contracts.refusals import Forbidden


class CoordinatorOnly(Forbidden):
    """The coordinator of the region decides this."""

    en = "Only the region's coordinator may do this."
    fr = "Seule la coordination de la région peut faire cela."


class OrganisationNotYours(Forbidden):
    """People act for their own organisation; the coordinator for the region's."""

    en = "Only people of the organisation concerned, or the region's coordinator, may do this."
    fr = "Seules les personnes de l'organisation concernée, ou la coordination, le peuvent."
