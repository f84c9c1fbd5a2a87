"""Why something cannot be done in an innovation challenge."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class ChallengeNotDescribed(Conflict):
    """A challenge is described before it is briefed."""

    field = "challenge"
    en = "Describe the challenge first."
    fr = "Décrivez d'abord le défi."


class PhaseDoesNotAllow(Conflict):
    """A challenge goes through its phases in their order."""

    field = "challenge.phase"
    en = "The challenge is in the phase {phase}: it must be in {wanted}."
    fr = "Le défi est dans la phase {phase} : il faut {wanted}."


class CriteriaMissing(Conflict):
    """Teams know by what they are judged."""

    field = "challenge.criteria"
    en = "Teams must know the jury's criteria."
    fr = "Les équipes doivent connaître les critères du jury."


class WinnersOnly(Conflict):
    """To a final, teams advance by winning."""

    field = "parent_id"
    en = "To a final, teams advance by winning."
    fr = "On accède à une finale en gagnant."


class TeamsMissing(Conflict):
    """Teams are formed from teams that were set."""

    field = "challenge.teams"
    en = "Set the teams first."
    fr = "Indiquez d'abord les équipes."


class FormedTeamsMissing(Invalid):
    """Teams that are formed are not taken away."""

    field = "teams"
    en = "The teams are formed: there must be some."
    fr = "Les équipes sont formées : il en faut au moins une."


class DeliverablesMissing(Conflict):
    """All have handed something in, or the deadline has passed."""

    field = "challenge.teams"
    en = "{teams} teams have handed in nothing yet, and their deadline has not passed."
    fr = "{teams} équipes n'ont encore rien rendu, et leur délai court encore."


class SubmissionDeadlinePassed(Conflict):
    """Deliverables are handed in in time."""

    field = "challenge.submit_by"
    en = "The deadline for deliverables has passed."
    fr = "Le délai pour rendre les livrables est passé."


class JuryMissing(Conflict):
    """A jury judges."""

    field = "challenge.jury_seats"
    en = "Name the jury first."
    fr = "Nommez d'abord le jury."


class NothingSubmitted(Conflict):
    """A jury judges what was handed in."""

    field = "challenge.teams"
    en = "No team handed anything in."
    fr = "Aucune équipe n'a rien rendu."


class MarksMissing(Conflict):
    """Every juror marks every team that handed something in."""

    field = "challenge.jury_seats"
    en = "Every juror marks every team that handed something in: {missing} marks are missing."
    fr = "Chaque membre du jury note chaque équipe ayant rendu : il manque {missing} notes."


class LastStage(Conflict):
    """After a national final there is none."""

    field = "stage"
    en = "After a national final there is none."
    fr = "Après une finale nationale, il n'y en a plus."


class AdvancedAlready(Conflict):
    """A team goes on once."""

    field = "challenge.teams"
    en = "All awarded teams have advanced."
    fr = "Toutes les équipes primées sont déjà qualifiées."


class TeamNotYours(Forbidden):
    """A school hands in for its own teams."""

    field = "team"
    en = "Another school's team hands in its own."
    fr = "L'équipe d'un autre établissement rend elle-même."


class TeamUnknown(NotFound):
    """A team has a number."""

    field = "team"
    en = "There is no such team."
    fr = "Cette équipe n'existe pas."


class FinalUnknown(NotFound):
    """Winners go on to a final that is there."""

    field = "final_id"
    en = "There is no such final."
    fr = "Cette finale n'existe pas."


class CriterionTwice(Invalid):
    """A criterion has a name of its own."""

    field = "criteria.label"
    en = "Name each criterion once."
    fr = "Nommez chaque critère une seule fois."


class DeadlineAfterTheEnd(Invalid):
    """Teams hand in before the challenge ends."""

    field = "submit_by"
    en = "Teams hand in before the challenge ends."
    fr = "Les équipes rendent avant la fin du défi."


class JuryOverSeats(Invalid):
    """A juror has a seat."""

    field = "jury_seats"
    en = "{jurors} jurors have {seats} seats."
    fr = "{jurors} membres du jury pour {seats} sièges."


class TeamTwice(Invalid):
    """A team is named, and marked, once."""

    en = "Name each team once."
    fr = "Nommez chaque équipe une seule fois."


class TeamsOverCapacity(Invalid):
    """Teams are not more than there is room for."""

    field = "teams"
    en = "The teams have {people} pupils, but there is room for {capacity}."
    fr = "Les équipes comptent {people} élèves, mais il n'y a de place que pour {capacity}."


class TeamEmpty(Invalid):
    """A team has pupils."""

    field = "teams"
    en = "A team has pupils."
    fr = "Une équipe compte des élèves."


class TeamsTooMany(Conflict):
    """A challenge has as many teams as its region allows: all of it travels in each event."""

    field = "teams"
    en = "A challenge has {most} teams at most."
    fr = "Un défi compte au plus {most} équipes."


class DeliverablesTooMany(Conflict):
    """A team hands in as much as its region allows: all of it travels in each event."""

    field = "team"
    en = "A team hands in {most} things at most."
    fr = "Une équipe rend au plus {most} choses."


class SeatUnknown(Invalid):
    """A juror marks from a seat of the jury."""

    field = "seat"
    en = "The jury has {seats} seats."
    fr = "Le jury compte {seats} sièges."


class TeamNotJudged(Invalid):
    """Only teams that handed something in are judged."""

    field = "marks.team"
    en = "Only teams that handed something in are judged."
    fr = "Seules les équipes ayant rendu sont jugées."


class PointsNotOfTheCriteria(Invalid):
    """A juror gives a mark for each criterion."""

    field = "marks.points"
    en = "Give {marks} marks, in the order of the criteria."
    fr = "Donnez {marks} notes, dans l'ordre des critères."


class PointsOverTheBest(Invalid):
    """No mark is better than the best."""

    field = "marks.points"
    en = "The best mark for {criterion!r} is {best}."
    fr = "La meilleure note pour {criterion!r} est {best}."


class StageNotLater(Invalid):
    """Winners go on to a later stage."""

    field = "stage"
    en = "A {stage} challenge's winners go on to a later stage."
    fr = "Les gagnants d'un défi de niveau {stage} vont à un niveau supérieur."


class NotAFinal(Conflict):
    """Teams advance to a final."""

    field = "final_id"
    en = "Teams advance to a final."
    fr = "Les équipes se qualifient pour une finale."


class FinalHasItsTeams(Conflict):
    """A final whose teams are formed takes no more."""

    field = "final_id"
    en = "The teams of that final are formed already."
    fr = "Les équipes de cette finale sont déjà formées."


class FinalIsFull(Conflict):
    """A final takes as many teams and pupils as it has room for."""

    field = "final_id"
    en = "{teams} teams with {people} pupils are more than that final takes."
    fr = "{teams} équipes avec {people} élèves, c'est plus que n'en accueille cette finale."
