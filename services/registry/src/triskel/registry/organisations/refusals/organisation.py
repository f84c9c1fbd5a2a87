"""Why something cannot be done with an organisation, or with what is said of it."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class OrganisationUnknown(NotFound):
    """No organisation has this id."""

    field = "id"
    en = "There is no such organisation."
    fr = "Cette organisation n'existe pas."


class SortNotYours(Forbidden):
    """How hosts answer is between them, schools and the coordinator."""

    field = "sort"
    en = "Only schools and coordinators sort by how hosts answer."
    fr = "Seules les écoles et la coordination trient selon les réponses des entreprises."


class PositionIncomplete(Invalid):
    """A place has a latitude and a longitude."""

    en = "A search around a place needs latitude and longitude."
    fr = "Une recherche autour d'un lieu demande latitude et longitude."


class OrganisationMerged(Conflict):
    """Nothing of an organisation that was merged changes any more."""

    field = "merged_into"
    en = "This organisation was a duplicate and was merged into {survivor}: act on that one."
    fr = (
        "Cette organisation était un doublon et a été fusionnée dans {survivor} : agissez sur "
        "celle-là."
    )


class LivePartnerships(Conflict):
    """Whom an agreement binds is not merged: it would name somebody who has left."""

    field = "live_partnerships"
    en = (
        "It has {count} live partnerships, in its name: merge the other one into it, or end them "
        "first."
    )
    fr = (
        "{count} partenariats en cours portent son nom : fusionnez l'autre dans celle-ci, ou "
        "terminez-les d'abord."
    )


class OpenActivities(Conflict):
    """Whom an activity binds is not merged: it would name somebody who has left."""

    field = "open_activities"
    en = (
        "It has {count} open activities, in its name: merge the other one into it, or end them "
        "first."
    )
    fr = (
        "{count} activités en cours portent son nom : fusionnez l'autre dans celle-ci, ou "
        "terminez-les d'abord."
    )


class MergeWithItself(Invalid):
    """Two organisations are merged."""

    field = "into"
    en = "Name the organisation that stays: another than this one."
    fr = "Indiquez l'organisation qui reste : une autre que celle-ci."


class MergeOfDifferentRegions(Conflict):
    """Duplicates are of one region."""

    field = "into"
    en = "Duplicates have one region: these have {one} and {other}."
    fr = "Des doublons sont d'une même région : celles-ci sont de {one} et de {other}."


class MergeOfDifferentKinds(Conflict):
    """Duplicates are of one kind."""

    field = "into"
    en = "Duplicates have one kind: these have {one} and {other}."
    fr = "Des doublons sont d'un même type : celles-ci sont {one} et {other}."


class SurvivorGone(Conflict):
    """Who stays is there: open, and neither withdrawn nor rejected."""

    field = "into"
    en = "The one that stays must be open and not withdrawn or rejected; it is {status}."
    fr = "Celle qui reste doit être ouverte, ni retirée ni refusée ; elle est : {status}."


class SurvivorOfOtherStanding(Conflict):
    """A merge lets nobody in, and frees nobody from a suspension."""

    field = "into"
    en = (
        "This one is {status} and the one that stays is {survivor}: decide on that first, a merge "
        "does not."
    )
    fr = (
        "Celle-ci est {status} et celle qui reste est {survivor} : décidez-en d'abord, une fusion "
        "ne le fait pas."
    )


class OrganisationSuspended(Conflict):
    """Who is suspended takes on nothing new. Why it is, is its own affair and the coordinator's, so
    it is not said here."""

    en = (
        "This organisation is suspended: it takes on nothing new until the coordinator reinstates "
        "it."
    )
    fr = (
        "Cette organisation est suspendue : elle ne prend aucun nouvel engagement tant que la "
        "coordination ne l'a pas rétablie."
    )


class OrganisationNotApproved(Conflict):
    """Who takes part is approved and open."""

    en = "Who takes part must be approved and open; this organisation is {status}."
    fr = (
        "Pour participer, il faut être approuvé et ouvert ; l'état de cette organisation est "
        "{status}."
    )


class SiteUnknown(Invalid):
    """A site that is given with its id is one that the organisation has."""

    field = "sites.id"
    en = (
        "This organisation has no such site, or it stands here twice: a new one is given without "
        "an id."
    )
    fr = (
        "Cette organisation n'a pas ce site, ou il figure deux fois : un nouveau site se donne "
        "sans id."
    )
