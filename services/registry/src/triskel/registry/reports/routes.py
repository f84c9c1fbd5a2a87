"""`/v1/reports`: something is wrong with an organisation or an activity."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.contracts.registry_codes import ReportState
from triskel.registry.reports import actions
from triskel.registry.reports.commands import REPORTS, file
from triskel.registry.reports.queries import about, check_may_read, search
from triskel.registry.reports.rules import Report
from triskel.registry.reports.schemas import Closing, NewReport, ReportAnswer

_COORDINATOR = allow(Role.COORDINATOR)
Coordinator = Annotated[Caller, _COORDINATOR]
Member = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
OnReport = Annotated[Target[Report, None], target_of(REPORTS, "report", _COORDINATOR)]

router = Router(prefix="/v1/reports", tags=["reports"])


@router.post("", status_code=201, summary="Report abuse or an error to the coordinator")
async def file_report(
    caller: Member, context: Asked, body: NewReport, request: Request, response: Response
) -> ReportAnswer:
    region, already = await about(context.session, body.subject, body.subject_id, caller.pseudonym)
    home_region(request, region)
    filed = await file(context, **body.model_dump(), region=region, already=already)
    set_etag(response, filed.subject.version)
    response.headers["Location"] = f"/v1/reports/{filed.subject.id}"
    return ReportAnswer.of(filed)


@router.get("", summary="Reports of the region, the oldest first")
async def find_reports(
    caller: Coordinator, context: Asked, page: Paging, state: ReportState | None = None
) -> Page[ReportAnswer]:
    found, following = await search(context.session, caller.region, state, page)
    attempts = await REPORTS.attempts(context, found)
    return Page(items=[ReportAnswer.of(attempt) for attempt in attempts], next=following)


@router.get("/{report_id}", summary="One report, for who made it and the coordinator")
async def show_report(
    caller: Member, context: Asked, report_id: UUID, response: Response
) -> ReportAnswer:
    report = await REPORTS.get(context.session, report_id)
    check_may_read(caller, report)
    set_etag(response, report.version)
    return ReportAnswer.of(await REPORTS.attempt(context, report))


@router.post("/{report_id}/resolve", **described(actions.RESOLVE))
async def resolve(
    on: OnReport, body: Annotated[Closing, Body(default_factory=Closing)]
) -> ReportAnswer:
    return ReportAnswer.of(await on.act(actions.RESOLVE, body.note))


@router.post("/{report_id}/dismiss", **described(actions.DISMISS))
async def dismiss(
    on: OnReport, body: Annotated[Closing, Body(default_factory=Closing)]
) -> ReportAnswer:
    return ReportAnswer.of(await on.act(actions.DISMISS, body.note))
