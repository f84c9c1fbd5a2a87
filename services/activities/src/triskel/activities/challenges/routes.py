"""`/v1/activities/{id}/challenge` and `/finals`: what only innovation challenges do."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from triskel.activities.activities import commands as usecases
from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.queries import facts_of, require_known
from triskel.activities.activities.routes.acting import Action, Reader, actor_of
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.challenge import Criterion, Deliverable, Prize, Team
from triskel.activities.challenges import commands as finals
from triskel.activities.challenges.rules import transitions
from triskel.activities.challenges.rules.finals import MOST_TEAMS
from triskel.activities.challenges.rules.transitions import ACTION_TO, Marks
from triskel.chassis.http import Router, Session, example, set_etag
from triskel.chassis.http.values import HttpsUrl, Moment, Sha256
from triskel.contracts.codes import Isced, Side
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage, DeliverableKind
from triskel.contracts.refusals import Forbidden, Invalid

router = Router(prefix="/v1/activities", tags=["innovation challenges"])
Points = Annotated[int, Field(ge=0, le=100)]


class GivenCriterion(bodies.Body):
    label: bodies.Line
    weight: int = Field(default=1, ge=1, le=100)
    best: int = Field(default=20, ge=1, le=100, description="the best mark; 0 is the worst")


class GivenPrize(bodies.Body):
    label: bodies.Line
    amount: int = Field(ge=0, le=100_000_000, description="EUR cents")
    funder_id: UUID | None = None
    rank: int = Field(default=1, ge=1, le=10)


class Description(bodies.Body):
    model_config = example(
        scenario="Faites flotter un capteur une semaine dans la rade, pour moins de 80 euros.",
        document_url="https://entreprise.example/defi-2026.pdf",
        criteria=[
            {"label": "idée", "weight": 40},
            {"label": "prototype", "weight": 40},
            {"label": "oral", "weight": 20},
        ],
        prizes=[{"label": "Premier prix", "amount": 60000}],
        submit_by="2026-03-20T17:00:00+01:00",
    )

    scenario: bodies.Prose
    document_url: HttpsUrl | None = None
    criteria: list[GivenCriterion] = Field(default=[], max_length=10)
    prizes: list[GivenPrize] = Field(default=[], max_length=10)
    submit_by: Moment | None = None


class People(bodies.Body):
    """Contacts, by their ids."""

    model_config = example(mentors=["0199a1b2-0009-7000-8000-000000000009"], jury_seats=3)

    mentors: list[UUID] = Field(default=[], max_length=20)
    jury_seats: int = Field(default=0, ge=0, le=12)
    jury: list[UUID] = Field(default=[], max_length=12, description="those that are known")


class GivenTeam(bodies.Body):
    """Counts of pupils, never names. `level` may be left out where the activity has one only."""

    label: bodies.Line
    level: Isced | None = None
    girls: int = Field(default=0, ge=0, le=200)
    boys: int = Field(default=0, ge=0, le=200)
    undeclared: int = Field(default=0, ge=0, le=200)


class Teams(bodies.Body):
    model_config = example(teams=[{"label": "Les Méduses", "level": "3", "girls": 3, "boys": 2}])

    teams: list[GivenTeam] = Field(max_length=MOST_TEAMS)


class GivenDeliverable(bodies.Body):
    model_config = example(
        team=1, title="Dossier", kind="report", url="https://lycee.example/meduses.pdf"
    )

    team: int = Field(ge=1, le=MOST_TEAMS)
    title: bodies.Line
    kind: DeliverableKind
    url: HttpsUrl | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.url is None and self.sha256 is None:
            raise ValueError("a deliverable has a url, or the sha256 of what was handed over")
        return self


class GivenMarks(bodies.Body):
    team: int = Field(ge=1, le=MOST_TEAMS)
    points: list[Points] = Field(min_length=1, max_length=10, description="as the criteria")


class Marking(bodies.Body):
    """One juror's, by seat."""

    model_config = example(seat=1, marks=[{"team": 1, "points": [15, 18, 12]}])

    seat: int = Field(ge=1, le=12)
    marks: list[GivenMarks] = Field(min_length=1, max_length=MOST_TEAMS)


class NextPhase(bodies.Body):
    """Phases come in their order; awarded is reached by the award."""

    model_config = example(phase="briefed")

    phase: Literal[
        ChallengePhase.BRIEFED,
        ChallengePhase.TEAMS_FORMED,
        ChallengePhase.WORKING,
        ChallengePhase.SUBMITTED,
        ChallengePhase.JURY,
    ]


class Awarding(bodies.Body):
    model_config = example(places=2)

    places: int = Field(default=1, ge=1, le=10, description="teams of the first ranks are awarded")


class NewFinal(bodies.Body):
    """`host_id` is the challenge's own host where it is left out."""

    model_config = example(stage="regional", title="Finale bretonne", capacity=200)

    stage: Literal[ChallengeStage.REGIONAL, ChallengeStage.NATIONAL]
    title: bodies.Title
    host_id: UUID | None = None
    capacity: int | None = Field(default=None, ge=1, le=10_000)


class Advance(bodies.Body):
    model_config = example(final_id="0199a1b2-0021-7000-8000-000000000021")

    final_id: UUID


class Sheet(BaseModel):
    seat: int
    team: int
    points: tuple[int, ...]


@router.put("/{number}/challenge", summary="Write scenario, criteria, prizes and deadline")
async def describe(acting: Action, body: Description) -> bodies.Answer:
    return await acting.act(
        "challenge-describe",
        partial(
            transitions.describe,
            scenario=body.scenario,
            document_url=body.document_url,
            criteria=[Criterion(**each.model_dump()) for each in body.criteria],
            prizes=[Prize(**each.model_dump()) for each in body.prizes],
            submit_by=body.submit_by,
        ),
    )


@router.put("/{number}/challenge/people", summary="Name mentors and jury")
async def name_people(acting: Action, body: People) -> bodies.Answer:
    return await acting.act(
        "challenge-people", partial(transitions.name_people, **body.model_dump())
    )


@router.put("/{number}/challenge/teams", summary="Set the teams, as counts")
async def set_teams(acting: Action, body: Teams) -> bodies.Answer:
    def decide(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
        only = a.levels[0] if len(a.levels) == 1 else None
        teams = []
        for number, each in enumerate(body.teams, 1):
            level = each.level or only
            if level is None:
                raise Invalid(
                    "level-missing", "Pupils are counted by ISCED level.", field="teams.level"
                )
            teams.append(Team(number=number, **(each.model_dump() | {"level": level})))
        return transitions.set_teams(a, actor, facts, now, teams)

    return await acting.act("challenge-teams", decide)


@router.post("/{number}/challenge/phase", summary="Reach the next phase")
async def reach(acting: Action, body: NextPhase) -> bodies.Answer:
    return await acting.act(ACTION_TO[body.phase], partial(transitions.reach, phase=body.phase))


@router.post("/{number}/challenge/deliverables", summary="Hand in what a team made")
async def hand_in(acting: Action, body: GivenDeliverable) -> bodies.Answer:
    what = Deliverable(submitted_at=acting.now, **body.model_dump(exclude={"team"}))
    return await acting.act(
        "challenge-deliverable", partial(transitions.hand_in, team=body.team, what=what)
    )


@router.post("/{number}/challenge/marks", summary="Enter one juror's marks")
async def score(acting: Action, body: Marking) -> bodies.Answer:
    marks = [Marks(each.team, tuple(each.points)) for each in body.marks]
    return await acting.act(
        "challenge-score", partial(transitions.score, seat=body.seat, marks=marks)
    )


@router.get("/{number}/challenge/marks", summary="The jury's marks, for those who judge")
async def marks(caller: Reader, number: UUID, session: Session) -> list[Sheet]:
    a = usecases.decided(await usecases.one(session, number))
    if actor_of(caller, a).sides.isdisjoint({Side.HOST, Side.COORDINATOR}):
        raise Forbidden("side-not-allowed", "Only the coordinator and the host see single marks.")
    sheets = a.challenge.sheets if a.challenge is not None else ()
    return [Sheet.model_validate(asdict(sheet)) for sheet in sheets]


@router.post("/{number}/challenge/award", summary="Rank the teams and award the first ones")
async def award(acting: Action, body: Awarding | None = None) -> bodies.Answer:
    places = (body or Awarding()).places
    return await acting.act("challenge-award", partial(transitions.award, places=places))


@router.post("/{number}/finals", status_code=201, summary="Open a final with the winners")
async def open_final(acting: Action, body: NewFinal) -> bodies.Answer:
    """The answer is the final, a draft whose `parent_id` is this challenge."""
    if body.host_id is not None:
        await require_known(acting.session, "host_id", [body.host_id])
    final = await finals.open_with_winners(
        acting.session,
        acting.events,
        acting.number,
        partial(actor_of, acting.caller),
        acting.seen,
        acting.now,
        body.stage,
        body.model_dump(exclude={"stage"}),
    )
    set_etag(acting.response, final.version)
    acting.response.headers["Location"] = f"/v1/activities/{final.id}"
    facts = (await facts_of(acting.session, [final]))[final.id]
    return acting.answer(final, facts)


@router.post("/{number}/challenge/advance", summary="Send the winners to a final that is there")
async def send_winners(acting: Action, body: Advance) -> bodies.Answer:
    """The answer is this challenge; the teams are in the final then, with where they come from."""
    a = await finals.send_winners(
        acting.session,
        acting.events,
        acting.number,
        partial(actor_of, acting.caller),
        acting.seen,
        acting.now,
        body.final_id,
    )
    set_etag(acting.response, a.version)
    facts = (await facts_of(acting.session, [a]))[a.id]
    return acting.answer(a, facts)
