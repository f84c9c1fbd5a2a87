"""`/v1/activities`: the lifecycle, one route per action."""

from uuid import UUID

from fastapi import Request, Response

from triskel.activities.activities import actions
from triskel.activities.activities.commands import ACTIVITIES, draft
from triskel.activities.activities.queries import (
    actor_of,
    check_may_read,
    kinds_of,
    parties_of,
    search,
    sides_of,
    steps_of,
)
from triskel.activities.activities.refusals import NotAParticipant
from triskel.activities.activities.routes.target import (
    Member,
    OnActivity,
    Reader,
    home_of,
)
from triskel.activities.activities.rules.activity import ActivityAttempt
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.activities.schemas import (
    ActivityAnswer,
    ActivityStep,
    BudgetBody,
    ConfirmationBody,
    EditBody,
    EvaluationBody,
    LateReportBody,
    NewActivity,
    ProposalBody,
    ReasonBody,
    ReportBody,
    SlotBody,
    UncheckedAnswer,
    Wanted,
)
from triskel.activities.calendars.rules import Calendar
from triskel.chassis.actions import Actor
from triskel.chassis.http import Page, Paging, Router, set_etag
from triskel.chassis.http.actions import Asked, described

router = Router(prefix="/v1/activities", tags=["activities"])


@router.post("", status_code=201, summary="Draft an activity")
async def draft_activity(
    caller: Member, context: Asked, body: NewActivity, request: Request, response: Response
) -> ActivityAnswer:
    FORMATS[body.format].check_parties(body.school_year, body.school_id, body.partnership_id)
    parties = await parties_of(context.session, body.school_id, body.host_id, body.partnership_id)
    home = home_of(request, parties, body.school_id, body.host_id)
    sides = sides_of(caller, home.region, body.school_id, body.host_id)
    actor = Actor(caller.roles, sides)
    if not sides:
        raise NotAParticipant
    activity = await draft(context, body.to_details(home.region, actor.side), actor)
    set_etag(response, activity.version)
    response.headers["Location"] = f"/v1/activities/{activity.id}"
    drafted = ActivityAttempt(
        activity, actor_of(caller, activity), parties.facts(activity), context.now
    )
    return ActivityAnswer.of(drafted)


@router.get("", summary="Find activities")
async def find_activities(
    caller: Reader, context: Asked, wanted: Wanted, page: Paging
) -> Page[ActivityAnswer]:
    found, following = await search(context.session, caller, wanted, page)
    attempts = await ACTIVITIES.attempts(context, found)
    return Page(items=[ActivityAnswer.of(each) for each in attempts], next=following)


@router.get("/{activity_id}", summary="One activity")
async def show_activity(
    caller: Reader, context: Asked, activity_id: UUID, response: Response
) -> ActivityAnswer:
    activity = await ACTIVITIES.get(context.session, activity_id)
    check_may_read(caller, activity)
    set_etag(response, activity.version)
    return ActivityAnswer.of(await ACTIVITIES.attempt(context, activity))


@router.get("/{activity_id}/history", summary="Who did what, when and why")
async def show_history(caller: Reader, context: Asked, activity_id: UUID) -> list[ActivityStep]:
    activity = await ACTIVITIES.get(context.session, activity_id)
    check_may_read(caller, activity)
    # free words are between those who act
    hidden = set() if actor_of(caller, activity).sides else {"message"}
    steps = await steps_of(context.session, activity_id)
    return [ActivityStep.model_validate(step.model_dump(exclude=hidden)) for step in steps]


@router.patch("/{activity_id}", **described(actions.EDIT))
async def edit(on: OnActivity, body: EditBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.EDIT, body.to_changes()))


@router.post("/{activity_id}/propose", **described(actions.PROPOSE))
async def propose(on: OnActivity, body: ProposalBody | None = None) -> ActivityAnswer:
    """It is answered within two school days at the least, whatever is asked for."""
    calendar, days = await on.calendar(), (body or ProposalBody()).answer_days
    return on.answer(await on.act(actions.PROPOSE, days, calendar=calendar))


@router.post("/{activity_id}/accept", **described(actions.ACCEPT))
async def accept(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.ACCEPT))


@router.post("/{activity_id}/decline", **described(actions.DECLINE))
async def decline(on: OnActivity, body: ReasonBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.DECLINE, body.reason))


@router.post("/{activity_id}/withdraw", **described(actions.WITHDRAW))
async def withdraw(on: OnActivity, body: ReasonBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.WITHDRAW, body.reason))


@router.post("/{activity_id}/schedule", **described(actions.SCHEDULE))
async def schedule(on: OnActivity, body: SlotBody) -> ActivityAnswer:
    calendar = await on.calendar()
    slot = body.to_domain(calendar.time_zone)
    scheduled = await on.act(actions.SCHEDULE, slot, calendar)
    return _told_of_the_calendar(on.answer(scheduled), scheduled, calendar)


@router.post("/{activity_id}/propose-date", **described(actions.PROPOSE_DATE))
async def propose_date(on: OnActivity, body: SlotBody) -> ActivityAnswer:
    """Where nobody else need agree, the date moves at once."""
    calendar = await on.calendar()
    slot = body.to_domain(calendar.time_zone)
    proposed = await on.act(actions.PROPOSE_DATE, slot, calendar)
    return _told_of_the_calendar(on.answer(proposed), proposed, calendar)


@router.post("/{activity_id}/agree-date", **described(actions.AGREE_DATE))
async def agree_date(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.AGREE_DATE, await on.calendar()))


@router.post("/{activity_id}/decline-date", **described(actions.DECLINE_DATE))
async def decline_date(on: OnActivity, body: ReasonBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.DECLINE_DATE, body.reason))


@router.post("/{activity_id}/withdraw-date", **described(actions.WITHDRAW_DATE))
async def withdraw_date(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.WITHDRAW_DATE))


@router.post("/{activity_id}/leave-activity", **described(actions.LEAVE_ACTIVITY))
async def leave_activity(on: OnActivity, body: ReasonBody) -> ActivityAnswer:
    """Until the format's limit; later it is cancelled, and late."""
    return on.answer(await on.act(actions.LEAVE_ACTIVITY, body.reason))


@router.post("/{activity_id}/confirm", **described(actions.CONFIRM))
async def confirm(on: OnActivity, body: ConfirmationBody | None = None) -> ActivityAnswer:
    ticked = (body or ConfirmationBody()).preconditions
    return on.answer(await on.act(actions.CONFIRM, ticked))


@router.post("/{activity_id}/start", **described(actions.START))
async def start(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.START))


@router.post("/{activity_id}/deliver", **described(actions.DELIVER))
async def deliver(on: OnActivity, body: ReportBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.DELIVER, body.to_domain()))


@router.post("/{activity_id}/correct", **described(actions.CORRECT))
async def correct(on: OnActivity, body: ReportBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.CORRECT, body.to_domain()))


@router.post("/{activity_id}/report-late", **described(actions.REPORT_LATE))
async def report_late(on: OnActivity, body: LateReportBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.REPORT_LATE, body.to_domain(), body.reason))


@router.post("/{activity_id}/evaluate", **described(actions.EVALUATE))
async def evaluate(on: OnActivity, body: EvaluationBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.EVALUATE, body.model_dump()))


@router.post("/{activity_id}/close", **described(actions.CLOSE))
async def close(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.CLOSE))


@router.post("/{activity_id}/cancel", **described(actions.CANCEL))
async def cancel(on: OnActivity, body: ReasonBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.CANCEL, body.reason))


@router.put("/{activity_id}/budget", **described(actions.SET_BUDGET))
async def set_budget(on: OnActivity, body: BudgetBody) -> ActivityAnswer:
    lines = body.to_domain()
    kinds = await kinds_of(on.context.session, (line.funder_id for line in lines))
    return on.answer(await on.act(actions.SET_BUDGET, lines, kinds))


def _told_of_the_calendar(
    answer: ActivityAnswer, attempt: ActivityAttempt, calendar: Calendar
) -> ActivityAnswer:
    """With a warning where nobody has set the calendar of the school year."""
    activity = attempt.subject
    if activity.form.in_holidays or calendar.year(activity.school_year) is not None:
        return answer
    unchecked = UncheckedAnswer(
        rule="calendar-unknown",
        detail=f"Nobody has set the school calendar of {activity.region} for "
        f"{activity.school_year} yet: see yourself that school is not out that day.",
        field="slot.starts_at",
    )
    return answer.model_copy(update={"warnings": (unchecked,)})
