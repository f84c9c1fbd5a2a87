"""Conflicts are found by imports, decided by people, and gone once both say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.commands import Context, Happened
from triskel.chassis.versions import Seen
from triskel.registry.conflicts.actions import KEEP, TAKE
from triskel.registry.conflicts.tables import ConflictRow
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.facts import filled
from triskel.registry.organisations.rules.organisation import Organisation, OrganisationAttempt
from triskel.registry.organisations.tables import ORGANISATION

_CONTRADICT = text(
    """
    insert into organisation_conflicts
    select * from jsonb_populate_recordset(
        null::organisation_conflicts, cast(:rows as jsonb)
    )
    on conflict (organisation_id, field) do update
    set register_value = excluded.register_value, since = excluded.since, kept_at = null
    where organisation_conflicts.register_value <> excluded.register_value
    """
)
_AGREE = text(
    """
    delete from organisation_conflicts as c
    using jsonb_populate_recordset(
        null::organisation_conflicts, cast(:rows as jsonb)
    ) as agreed
    where (c.organisation_id, c.field) = (agreed.organisation_id, agreed.field)
    """
)


async def contradict(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """The register says so of fields that people have set: organisation, field, region, value and
    time. What it said before, decided or not, stays as it is."""
    if rows:
        await session.execute(_CONTRADICT, {"rows": to_json(rows).decode()})


async def agree(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """The register says what people have set: organisation and field."""
    if rows:
        await session.execute(_AGREE, {"rows": to_json(rows).decode()})


async def take(
    context: Context, organisation_id: UUID, seen: Seen | None, field: str
) -> OrganisationAttempt:
    """What the register says. Raises the action's refusal."""
    permitted = await ORGANISATIONS.permit(context, organisation_id, seen, TAKE, field)
    row = await context.session.get_one(ConflictRow, (organisation_id, field))
    value = _taken(permitted.attempt.subject, row)
    attempt = await ORGANISATIONS.complete(context, permitted, TAKE, field, value)
    return _decided(attempt, field)


async def keep(
    context: Context, organisation_id: UUID, seen: Seen | None, field: str
) -> OrganisationAttempt:
    """What people have set, though the register says otherwise. Raises the action's refusal."""
    attempt = await ORGANISATIONS.act(context, organisation_id, seen, KEEP, field)
    row = await context.session.get_one(ConflictRow, (organisation_id, field))
    row.kept_at = context.now
    return _decided(attempt, field)


def _decided(attempt: OrganisationAttempt, field: str) -> OrganisationAttempt:
    left = [name for name in attempt.facts.conflicts if name != field]
    return replace(attempt, facts=replace(attempt.facts, conflicts=left))


def _taken(organisation: Organisation, row: ConflictRow) -> Any:
    """The field as it would be with what the register says."""
    known = ORGANISATION.to_public(organisation).model_dump(mode="json")
    value = filled(known, {row.field: row.register_value})[row.field]
    return TypeAdapter(get_type_hints(Organisation)[row.field]).validate_python(value)


@ORGANISATIONS.reaction
async def settle(happened: Sequence[Happened[Organisation]]) -> None:
    """What people have changed may be what the register says, or be left to it, or be gone with a
    duplicate: nothing is in conflict then."""
    changed = {
        each.after.id: each.after for each in happened if each.facts and each.facts.conflicts
    }
    if not changed:
        return
    own = ConflictRow.__table__.c
    session = happened[0].session
    rows = await session.scalars(select(ConflictRow).where(own.organisation_id.in_(changed)))
    for row in rows:
        organisation = changed[row.organisation_id]
        theirs = row.field in organisation.own_fields and organisation.merged_into is None
        if not theirs or _taken(organisation, row) == getattr(organisation, row.field):
            await session.delete(row)
