"""The targets of a partnership's year, as the table of actions has it."""

from triskel.activities.programmes.actions import ACTIONS
from triskel.activities.programmes.queries import actor_of, facts_of
from triskel.activities.programmes.refusals import PartnershipUnknown
from triskel.activities.programmes.rules import Programme, ProgrammeAttempt, ProgrammeFacts
from triskel.activities.programmes.tables import PROGRAMME, ProgrammeRow
from triskel.chassis.actions import Action, P
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.versions import Seen

PROGRAMMES = Aggregate(
    name="programme",
    shape=PROGRAMME,
    actions=ACTIONS,
    unknown=PartnershipUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
)


async def put(
    context: Context,
    known: tuple[Programme, ProgrammeRow | None],
    seen: Seen | None,
    action: Action[Programme, ProgrammeFacts, P],
    *args: P.args,
    **kwargs: P.kwargs,
) -> ProgrammeAttempt:
    """The first targets, or cost lines, make the programme: they need no version. Of two who set
    the first at once, the slower is told so by the database, and begins again. `known` is as
    `queries.locked` gave it."""
    programme, row = known
    attempt = await PROGRAMMES.attempt(context, programme)
    if row is None:
        seen = seen or Seen.version(0)
        row = ProgrammeRow(
            partnership_id=programme.partnership_id,
            school_year=programme.school_year,
            **PROGRAMME.to_columns(programme),
        )
        context.session.add(row)
    PROGRAMMES.hold(context.session, row, programme.id)
    return await PROGRAMMES.act_on(context, attempt, seen, action, *args, **kwargs)
