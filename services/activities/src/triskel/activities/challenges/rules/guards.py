"""Conditions of a challenge's actions: each refuses with its reason, or does not."""

from collections.abc import Callable

from triskel.activities.activities.refusals import NotAParticipant, SideNotAllowed
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt, Facts
from triskel.activities.activities.rules.challenge import Challenge, Team
from triskel.activities.challenges.refusals import (
    AdvancedAlready,
    ChallengeNotDescribed,
    CriteriaMissing,
    DeliverablesMissing,
    JuryMissing,
    LastStage,
    MarksMissing,
    NothingSubmitted,
    PhaseDoesNotAllow,
    SubmissionDeadlinePassed,
    TeamsMissing,
    WinnersOnly,
)
from triskel.chassis.actions import Actor
from triskel.contracts.codes import Role, Side
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage

OfPhase = Callable[[ActivityAttempt], ChallengeNotDescribed | PhaseDoesNotAllow | None]
NOT_BRIEFED = "described"


def challenge_of(activity: Activity) -> Challenge:
    """Of one that is described."""
    assert activity.challenge is not None
    return activity.challenge


def in_phase(*phases: ChallengePhase | None) -> OfPhase:
    """Refuses before it is described, and outside of these phases; null is before the first."""

    def guard(attempt: ActivityAttempt) -> ChallengeNotDescribed | PhaseDoesNotAllow | None:
        challenge = attempt.subject.challenge
        if challenge is None:
            return ChallengeNotDescribed()
        if challenge.phase in phases:
            return None
        wanted = " / ".join(str(phase or NOT_BRIEFED) for phase in phases)
        phase = challenge.phase or NOT_BRIEFED
        return PhaseDoesNotAllow(phase=phase, wanted=wanted, value=challenge.phase)

    return guard


_PREPARING = in_phase(None, ChallengePhase.BRIEFED, ChallengePhase.TEAMS_FORMED)


def before_working(
    attempt: ActivityAttempt,
) -> ChallengeNotDescribed | PhaseDoesNotAllow | None:
    """Nobody changes the task once pupils work on it."""
    return None if attempt.subject.challenge is None else _PREPARING(attempt)


def judgeable(attempt: ActivityAttempt) -> CriteriaMissing | None:
    return None if challenge_of(attempt.subject).criteria else CriteriaMissing()


def own_teams(attempt: ActivityAttempt) -> WinnersOnly | None:
    return WinnersOnly() if attempt.subject.final else None


def with_teams(attempt: ActivityAttempt) -> TeamsMissing | None:
    return None if challenge_of(attempt.subject).teams else TeamsMissing()


def submitted(attempt: ActivityAttempt) -> DeliverablesMissing | None:
    """All have handed something in, or the deadline has passed."""
    challenge = challenge_of(attempt.subject)
    missing = len(challenge.teams) - len(challenge.submitted)
    if not missing or (challenge.submit_by is not None and attempt.now > challenge.submit_by):
        return None
    return DeliverablesMissing(teams=missing)


def in_time_to_submit(attempt: ActivityAttempt) -> SubmissionDeadlinePassed | None:
    submit_by = challenge_of(attempt.subject).submit_by
    if submit_by is None or attempt.now <= submit_by:
        return None
    return SubmissionDeadlinePassed(value=submit_by.isoformat())


def with_jury(attempt: ActivityAttempt) -> JuryMissing | NothingSubmitted | None:
    challenge = challenge_of(attempt.subject)
    if not challenge.jury_seats:
        return JuryMissing()
    return None if challenge.submitted else NothingSubmitted()


def scored(attempt: ActivityAttempt) -> MarksMissing | None:
    challenge = challenge_of(attempt.subject)
    missing = challenge.jury_seats * len(challenge.submitted) - len(challenge.sheets)
    return MarksMissing(missing=missing) if missing else None


def left_to_advance(activity: Activity, facts: Facts) -> tuple[Team, ...]:
    """Winners that have not gone on to a final which takes place."""
    return tuple(
        team
        for team in challenge_of(activity).winners
        if team.advanced_to is None or team.advanced_to in facts.void_finals
    )


def with_winners(attempt: ActivityAttempt) -> LastStage | AdvancedAlready | None:
    if attempt.subject.stage is ChallengeStage.NATIONAL:
        return LastStage()
    return None if left_to_advance(attempt.subject, attempt.facts) else AdvancedAlready()


def of_a_team(activity: Activity, actor: Actor) -> bool:
    """People of a school whose team takes part, in a final that has no school of its own."""
    return (
        activity.challenge is not None
        and actor.organisation is not None
        and not actor.roles.isdisjoint({Role.HEAD, Role.TEACHER})
        and any(team.school_id == actor.organisation for team in activity.challenge.teams)
    )


def side_or_team(attempt: ActivityAttempt) -> NotAParticipant | None:
    """The sides, and the school of a team."""
    if attempt.actor.sides or of_a_team(attempt.subject, attempt.actor):
        return None
    return NotAParticipant()


def team_side(attempt: ActivityAttempt) -> SideNotAllowed | None:
    """Schools hand in what their teams made."""
    actor = attempt.actor
    if {Side.COORDINATOR, Side.SCHOOL} & actor.sides or of_a_team(attempt.subject, actor):
        return None
    return SideNotAllowed(sides=Side.SCHOOL)
