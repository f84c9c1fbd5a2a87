"""How hosts answer: counted again when there is news of one, said when its figures changed."""

from datetime import datetime, timedelta

from sqlalchemy import select

from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts import registry as contract
from triskel.registry.calendars.queries import calendar_of
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.responsiveness import rules
from triskel.registry.responsiveness.queries import answers_in, answers_of, public
from triskel.registry.responsiveness.tables import HostResponsivenessRow

HEARS = "registry.activities.activities"
_own = HostResponsivenessRow.__table__.c
_organisation = OrganisationRow.__table__.c
MEASURED_EVERY = timedelta(days=7)
"""Without news, too: what was asked a year ago counts no more."""


@for_due_rows(
    lambda now: (
        select(HostResponsivenessRow, OrganisationRow)
        .join(OrganisationRow, _organisation.id == _own.id)
        .where(_own.measure_at <= now)
        .order_by(_own.measure_at)
    ),
    at_most=200,
    key_share=True,
)
async def measure_hosts(due: DueRows[tuple[HostResponsivenessRow, OrganisationRow]]) -> int:
    """Hosts of whom there is news, and those who were last measured a week ago, each by the rules
    of its region."""
    regions = sorted({organisation.region for _, organisation in due.rows})
    known = {region: await calendar_of(due.session, region) for region in regions}
    calendars = {row.id: known[organisation.region] for row, organisation in due.rows}
    counted = await answers_of(due.session, calendars, due.now)
    if await rebuilding(due.session, HEARS):
        return 0
    events = []
    for row, organisation in due.rows:
        limits = known[organisation.region].settings.answers
        if _measured(row, organisation, counted[row.id], limits, due.now):
            state = contract.HostResponsiveness(**public(row, organisation.region, due.now))
            events.append(contract.HostResponsivenessMeasured(responsiveness=state))
    await due.outbox.record(due.session, *events)
    return len(due.rows)


def _measured(
    row: HostResponsivenessRow,
    organisation: OrganisationRow,
    answers: rules.Answers,
    limits: contract.AnswerLimits,
    now: datetime,
) -> bool:
    """Whether anything changed."""
    row.measure_at = now + MEASURED_EVERY
    hidden = rules.hidden_since(answers, limits, row.hidden_since, now)
    organisation.answer_rank = rules.rank(answers, hidden is not None)
    if (answers_in(row), row.hidden_since) == (answers, hidden):
        return False
    row.version += 1
    row.measured_at = now
    row.answered, row.unanswered = answers.answered, answers.unanswered
    row.median_hours, row.unanswered_in_a_row = answers.median_hours, answers.in_a_row
    row.hidden_since = hidden
    return True
