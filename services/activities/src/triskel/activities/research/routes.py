"""`/v1/activities/{activity_id}/research`: what only research works do."""

from triskel.activities.activities.routes.target import OnActivity
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.research import actions
from triskel.activities.research.schemas import (
    MissingReportBody,
    PartNumber,
    ReportBody,
    ResearchPlanBody,
    SessionRecordBody,
)
from triskel.chassis.http import Router
from triskel.chassis.http.actions import described

router = Router(prefix="/v1/activities/{activity_id}/research", tags=["research works"])


@router.put("", **described(actions.PLAN))
async def plan(on: OnActivity, body: ResearchPlanBody) -> ActivityAnswer:
    calendar = await on.calendar()
    return on.answer(await on.act(actions.PLAN, body.to_domain(), calendar))


@router.post("/sessions/{session_number}", **described(actions.RECORD_SESSION))
async def record_session(
    on: OnActivity, session_number: PartNumber, body: SessionRecordBody
) -> ActivityAnswer:
    return on.answer(await on.act(actions.RECORD_SESSION, session_number, body.to_domain()))


@router.post("/milestones/{milestone_number}", **described(actions.REACH_MILESTONE))
async def reach_milestone(on: OnActivity, milestone_number: PartNumber) -> ActivityAnswer:
    return on.answer(await on.act(actions.REACH_MILESTONE, milestone_number))


@router.put("/report", **described(actions.SUBMIT_REPORT))
async def submit_report(on: OnActivity, body: ReportBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.SUBMIT_REPORT, body.document_url, body.sha256))


@router.post("/report/accept", **described(actions.ACCEPT_REPORT))
async def accept_report(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.ACCEPT_REPORT))


@router.post("/report/missing", **described(actions.MISS_REPORT))
async def miss_report(on: OnActivity, body: MissingReportBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.MISS_REPORT, body.reason))
