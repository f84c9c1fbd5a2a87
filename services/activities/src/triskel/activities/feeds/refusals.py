"""Why something cannot be done with a calendar feed."""

from triskel.contracts.refusals import Conflict, Invalid, NotFound


class TooManyFeeds(Conflict):
    """An organisation has so many addresses at most."""

    field = "organisation_id"
    en = "An organisation has {most} addresses at most: revoke one that nobody uses."
    fr = "Une organisation a {most} adresses au plus : révoquez-en une que personne n'utilise."


class FeedUnknown(NotFound):
    """A feed that was revoked is gone."""

    en = "There is no such feed, or it was revoked."
    fr = "Cet agenda n'existe pas, ou il a été révoqué."


class SlotMissing(Conflict):
    """What has a date stands in a calendar."""

    field = "slot"
    en = "It has no date yet, so no entry in a calendar."
    fr = "Aucune date n'est fixée, donc rien à inscrire dans un agenda."


class OrganisationMissing(Invalid):
    """A feed is an organisation's."""

    field = "organisation_id"
    en = "Say for which organisation."
    fr = "Indiquez pour quelle organisation."


class FeedOrganisationUnknown(NotFound):
    """An organisation with a feed is in the directory, which arrives by events."""

    field = "organisation_id"
    en = "The organisation is not known here (yet: the directory arrives by events)."
    fr = "L'organisation n'est pas (encore) connue ici : l'annuaire arrive par événements."
