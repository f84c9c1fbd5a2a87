"""`/v1/activities/{activity_id}/challenge` and `/finals`: what only innovation challenges do."""

from dataclasses import asdict
from uuid import UUID

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import actor_of
from triskel.activities.activities.refusals import SideNotAllowed
from triskel.activities.activities.routes.target import OnActivity, Reader
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.challenges import actions
from triskel.activities.challenges.commands import open_with_winners, send_winners
from triskel.activities.challenges.schemas import (
    AdvanceBody,
    AwardBody,
    DeliverableBody,
    DescriptionBody,
    MarkingBody,
    NewFinalBody,
    NextPhaseBody,
    PeopleBody,
    SheetAnswer,
    TeamsBody,
)
from triskel.chassis.http import Router
from triskel.chassis.http.actions import Asked, described
from triskel.contracts.codes import Side

router = Router(prefix="/v1/activities/{activity_id}", tags=["innovation challenges"])


@router.put("/challenge", **described(actions.DESCRIBE))
async def describe(on: OnActivity, body: DescriptionBody) -> ActivityAnswer:
    description = body.to_domain()
    funders = [each.funder_id for each in description.prizes if each.funder_id is not None]
    return await on.act_naming({"prizes.funder_id": funders}, actions.DESCRIBE, description)


@router.put("/challenge/people", **described(actions.NAME_PEOPLE))
async def name_people(on: OnActivity, body: PeopleBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.NAME_PEOPLE, body.mentors, body.jury_seats, body.jury))


@router.put("/challenge/teams", **described(actions.SET_TEAMS))
async def set_teams(on: OnActivity, body: TeamsBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.SET_TEAMS, body.to_domain()))


@router.post("/challenge/phase", summary="Reach the next phase")
async def reach(on: OnActivity, body: NextPhaseBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.PHASES[body.phase]))


@router.post("/challenge/deliverables", **described(actions.HAND_IN))
async def hand_in(on: OnActivity, body: DeliverableBody) -> ActivityAnswer:
    deliverable = body.to_domain(on.context.now)
    return on.answer(await on.act(actions.HAND_IN, body.team, deliverable))


@router.post("/challenge/marks", **described(actions.SCORE))
async def score(on: OnActivity, body: MarkingBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.SCORE, body.seat, body.to_domain()))


@router.get("/challenge/marks", summary="The jury's marks, for those who judge")
async def show_marks(caller: Reader, context: Asked, activity_id: UUID) -> list[SheetAnswer]:
    activity = await ACTIVITIES.get(context.session, activity_id)
    if actor_of(caller, activity).sides.isdisjoint({Side.HOST, Side.COORDINATOR}):
        raise SideNotAllowed(sides=Side.HOST)
    sheets = activity.challenge.sheets if activity.challenge is not None else ()
    return [SheetAnswer.model_validate(asdict(sheet)) for sheet in sheets]


@router.post("/challenge/award", **described(actions.AWARD))
async def award(on: OnActivity, body: AwardBody | None = None) -> ActivityAnswer:
    return on.answer(await on.act(actions.AWARD, (body or AwardBody()).places))


@router.post("/finals", status_code=201, **described(actions.OPEN_FINAL))
async def open_final(on: OnActivity, body: NewFinalBody) -> ActivityAnswer:
    """The answer is the final, a draft whose `parent_id` is this challenge."""
    final = await open_with_winners(on.context, on.id, on.seen, body.to_domain())
    on.response.headers["Location"] = f"/v1/activities/{final.subject.id}"
    return on.done(final)


@router.post("/challenge/advance", **described(actions.SEND_WINNERS))
async def advance(on: OnActivity, body: AdvanceBody) -> ActivityAnswer:
    """The answer is this challenge; the teams are in the final then, with where they come from."""
    return on.done(await send_winners(on.context, on.id, on.seen, body.final_id))
