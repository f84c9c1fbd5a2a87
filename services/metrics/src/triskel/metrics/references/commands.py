"""Imports of official figures: said once on the bus, and again only when they change."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.contracts.metrics import (
    Enrolment,
    EnrolmentPublished,
    ReferenceEvent,
    ReferenceFigure,
    SpecialityChoices,
    SpecialityChoicesPublished,
)
from triskel.metrics.gateways.reference_files import Figures

CHUNK_ROWS = 1000
MOST_REFUSALS = 200

# two imports of the same figures at once take turns here
_RESERVE = text(
    """
    insert into published_figures (id, version, digest)
    select id, 0, '' from unnest(:ids) as rows (id) order by id
    on conflict (id) do nothing
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_KNOWN = text(
    "select id, version, digest from published_figures where id = any(:ids) order by id for update"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_KEEP = text(
    """
    update published_figures as f set version = rows.version, digest = rows.digest
    from unnest(:ids, :versions, :digests) as rows (id, version, digest)
    where f.id = rows.id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("digests", type_=ARRAY(Text)),
)


@dataclass
class Report:
    """What an import did, or with a dry run would do. `refusals` holds the first ones, each with
    line, field, value and rule; `refused` counts all. `encoding` and `separator` say how the file
    was read."""

    dataset: str
    dry_run: bool
    encoding: str
    separator: str
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)


async def import_figures(
    session: AsyncSession, outbox: Outbox, dataset: str, figures: Figures, dry_run: bool
) -> Report:
    """Say each figure that is new or has changed; a row that breaks a rule is refused and the
    others go on. A school that stands twice in a year counts once: its last row. Raises `Invalid`
    for a damaged file, and then nothing of the session may be kept."""
    report = Report(dataset, dry_run, figures.encoding, figures.separator)
    while chunk := list(islice(figures.entries, CHUNK_ROWS)):
        report.rows += len(chunk)
        for entry in chunk:
            if entry.refusals:
                report.refused += 1
                for refusal in entry.refusals:
                    if len(report.refusals) < MOST_REFUSALS:
                        report.refusals.append({"line": entry.number, **refusal})
        found = [entry.figure for entry in chunk if entry.figure is not None]
        await _say(session, outbox, report, found)
    return report


async def _say(
    session: AsyncSession, outbox: Outbox, report: Report, figures: Sequence[ReferenceFigure]
) -> None:
    newest = {figure.id: figure for figure in figures}
    report.unchanged += len(figures) - len(newest)
    ids = {"ids": list(newest)}
    if not report.dry_run:
        await session.execute(_RESERVE, ids)
    known = {row.id: row for row in await session.execute(_KNOWN, ids)}
    said: list[ReferenceFigure] = []
    for number, figure in newest.items():
        version = known[number].version if number in known else 0
        if version and known[number].digest == _digest(figure):
            report.unchanged += 1
            continue
        report.created += not version
        report.changed += bool(version)
        said.append(figure.model_copy(update={"version": version + 1}))
    if report.dry_run or not said:
        return
    await session.execute(
        _KEEP,
        {
            "ids": [figure.id for figure in said],
            "versions": [figure.version for figure in said],
            "digests": [_digest(figure) for figure in said],
        },
    )
    await outbox.record(session, *map(_event, said))


def _event(figure: ReferenceFigure) -> ReferenceEvent:
    if isinstance(figure, SpecialityChoices):
        return SpecialityChoicesPublished(figure=figure)
    assert isinstance(figure, Enrolment)
    return EnrolmentPublished(figure=figure)


def _digest(figure: ReferenceFigure) -> str:
    # the version is counted here, the file does not know it
    return hashlib.sha256(figure.model_dump_json(exclude={"version"}).encode()).hexdigest()
