"""What is done with reports: filed, and whatever the table of actions has."""

from uuid import UUID

from uuid_utils.compat import uuid7

from triskel.chassis.actions import Attempt
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.coordinated import coordinator_actor, no_facts
from triskel.contracts.registry_codes import ReportCategory, ReportState, ReportSubject
from triskel.registry.reports.actions import ACTIONS
from triskel.registry.reports.refusals import ReportedAlready, ReportUnknown
from triskel.registry.reports.rules import Report, filed
from triskel.registry.reports.tables import REPORT

REPORTS = Aggregate(
    name="report",
    shape=REPORT,
    actions=ACTIONS,
    unknown=ReportUnknown,
    actor_of=coordinator_actor,
    facts_of=no_facts,
)


async def file(
    context: Context,
    subject: ReportSubject,
    subject_id: UUID,
    category: ReportCategory,
    text: str,
    region: str,
    already: bool,
) -> Attempt[Report, None]:
    """A new report, in the region of what it is about; not by who has reported it `already`. Raises
    `ReportedAlready`."""
    if already:
        raise ReportedAlready(value=str(subject_id))
    report = Report(
        id=uuid7(),
        region=region,
        version=1,
        subject=subject,
        subject_id=subject_id,
        category=category,
        state=ReportState.OPEN,
        reported_at=context.now,
        reporter=context.caller.pseudonym,
        text=text,
    )
    actor = coordinator_actor(context.caller, report)
    await REPORTS.add(context, "file", filed(report), actor)
    return Attempt(report, actor, None, context.now)
