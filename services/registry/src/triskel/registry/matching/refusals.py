"""Why somebody cannot be matched, or why something cannot be done with a round."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class RoundUnknown(NotFound):
    """No round has this id."""

    field = "id"
    en = "There is no such round."
    fr = "Cette session de mise en relation n'existe pas."


class ParticipantUnknown(NotFound):
    """The organisation did not wait when the round was opened."""

    field = "organisation_id"
    en = "This organisation does not take part in the round."
    fr = "Cette organisation ne participe pas à la session."


class NotAParticipant(Forbidden):
    """Who waited when the round was opened ranks in it, for itself, and sees its own result."""

    en = "Only who waited when the round was opened takes part in it, for itself."
    fr = "Seules les organisations en attente à l'ouverture de la session y participent."


class RankingConfidential(Forbidden):
    """A ranking is seen by the organisation that made it and by the coordinator."""

    en = "Rankings are seen by the organisation that made them and by the coordinator."
    fr = "Un classement n'est visible que de l'organisation qui l'a fait et de la coordination."


class RankingDeadlinePassed(Conflict):
    """A ranking is given in time."""

    field = "rank_until"
    en = "The deadline for rankings has passed."
    fr = "Le délai de classement est passé."


class NobodyMatched(Conflict):
    """What is confirmed has pairs."""

    field = "matched"
    en = "No pair was found: cancel the round."
    fr = "Aucune paire n'a été trouvée : annulez la session."


class NobodyToMatch(Conflict):
    """A round needs both sides."""

    field = "school_year"
    en = "{schools} schools and {hosts} companies wait: a round needs both."
    fr = (
        "{schools} établissements et {hosts} entreprises attendent : il faut des deux pour une "
        "session."
    )


class RoundTooLarge(Conflict):
    """Every event of a round fits on the bus."""

    field = "school_year"
    en = (
        "A round takes at most {most_schools} schools with {most_places} places and {most_hosts} "
        "companies; {schools} schools with {places} places and {hosts} companies wait."
    )
    fr = (
        "Une session prend au plus {most_schools} établissements avec {most_places} places et "
        "{most_hosts} entreprises ; {schools} établissements avec {places} places et {hosts} "
        "entreprises attendent."
    )


class RoundExists(Conflict):
    """A region has one live round in a school year."""

    field = "school_year"
    en = "There is a round for {school_year} already: confirm or cancel it first."
    fr = "Il y a déjà une session pour {school_year} : confirmez-la ou annulez-la d'abord."


class NothingLeftToConfirm(Conflict):
    """Of a round that is confirmed at least one pair becomes a partnership."""

    field = "left_out"
    en = "Every pair was left out: cancel the round instead."
    fr = "Toutes les paires ont été écartées : annulez plutôt la session."


class NoResultYet(Conflict):
    """The coordinator sees a result once there is one, a participant once it is confirmed."""

    field = "state"
    en = "A round that is {state} shows you no result."
    fr = "Une session dans l'état {state} ne vous montre pas de résultat."


class TakesNoMore(Conflict):
    """Partners are suggested to who can take on one."""

    field = "partnership_capacity"
    en = "This organisation takes on no more partnerships in {school_year}."
    fr = "Cette organisation ne prend plus de partenariat en {school_year}."


class DeadlineOutOfRange(Invalid):
    """People get as long to rank as their region says."""

    field = "rank_until"
    en = "People need {hours} hours at least to rank, and {days} days at most."
    fr = "Il faut au moins {hours} h pour faire un classement, et {days} jours au plus."


class RankingTooLong(Invalid):
    """A ranking is of a length that people can think through."""

    field = "groups"
    en = "A ranking lists at most {most}."
    fr = "Un classement compte au plus {most} organisations."


class RankedTwice(Invalid):
    """Everybody in a ranking has one rank."""

    en = "This one has a rank already."
    fr = "Cette organisation a déjà un rang."


class NotOfTheOtherSide(Invalid):
    """Schools rank hosts, and hosts rank schools."""

    en = "This one does not take part in the round on the other side."
    fr = "Cette organisation ne participe pas à la session de l'autre côté."


class NotAPair(Invalid):
    """What is left out came out of the round."""

    en = "This is no pair of the round."
    fr = "Ce n'est pas une paire de la session."


class OneOrganisation(Invalid):
    """Partners are suggested to one school or to one company."""

    field = "school_id"
    en = "Give either school_id or company_id."
    fr = "Donnez soit school_id, soit company_id."


class WrongSide(Invalid):
    """A school is asked about as a school, any other organisation as a company."""

    en = "This organisation is of the other side."
    fr = "Cette organisation est de l'autre côté."
