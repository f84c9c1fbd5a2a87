"""A directory of 66,000 rows, as the whole of France has: set by set, against row by row."""

import itertools
import resource
import time
from datetime import UTC, datetime
from importlib.resources import files

from sqlalchemy import select, text
from uuid_utils.compat import uuid7

from benchmarks.measuring import Place, Ratio, alternate, console
from triskel.chassis.clock import SystemClock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationStatus, Role
from triskel.registry.imports.commands.applying import own_columns, public_of
from triskel.registry.imports.commands.submitting import submit
from triskel.registry.imports.gateways.directories import read
from triskel.registry.imports.jobs import run_imports
from triskel.registry.imports.rules import ImportOrder
from triskel.registry.main import SPEC
from triskel.registry.organisations.tables import (
    IdentifierRow,
    OrganisationRow,
    OrganisationStepRow,
)

ROWS = 66_000
ROW_BY_ROW = 1_000
DATASET = "fr-annuaire"
DIRECTORY = files("triskel.cli") / "data" / "fr-annuaire-education-ille-et-vilaine-2023.csv"
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_number = itertools.count(1)


def directory(rows: int) -> bytes:
    """Rows of the real file over and over, each with a UAI that no other has."""
    head, *real = DIRECTORY.read_bytes().rstrip(b"\r\n").split(b"\r\n")
    made = [head]
    for row in itertools.islice(itertools.cycle(real), rows):
        digits = next(_number)
        uai = f"{digits:07}{LETTERS[digits % 23]}".encode()
        made.append(uai + row[row.index(b";") :])
    return b"\r\n".join(made) + b"\r\n"


async def set_by_set(database: Database, content: bytes, rows: int) -> float:
    """Rows a second of our import, from its submission to `done`."""
    clock = SystemClock()
    began = time.perf_counter()
    async with database.transaction() as session:
        await submit(session, ImportOrder(DATASET, content, "FRH0"), clock.now())
    await run_imports(database, Outbox("registry"), clock)
    seconds = time.perf_counter() - began
    async with database.reading() as session:
        state = await session.scalar(text("select state from imports order by id desc limit 1"))
    if state != "done":
        raise RuntimeError(f"the import is {state}")
    return rows / seconds


async def row_by_row(database: Database, content: bytes) -> float:
    """Rows a second of the obvious way: look it up, write it with its history, say it,
    commit; the next."""
    outbox, done = Outbox("registry"), 0
    began = time.perf_counter()
    for entry in read(DATASET, content):
        async with database.transaction() as session:
            own = select(IdentifierRow).where(IdentifierRow.value == entry.identifier)  # type: ignore[arg-type]
            if await session.scalar(own) is None:
                columns = {"partnership_capacity": None} | own_columns(entry.details)
                columns["priority_education"] = bool(columns["priority_education"])
                row = OrganisationRow(
                    id=uuid7(),
                    version=1,
                    region="FRH0",
                    status=OrganisationStatus.IMPORTED,
                    open=True,
                    updated_at=datetime.now(UTC),
                    **columns,
                )
                identifier = IdentifierRow(
                    scheme="uai", value=entry.identifier or "", organisation_id=row.id
                )
                row.identifiers = [identifier]
                step = OrganisationStepRow(
                    organisation_id=row.id,
                    version=1,
                    action="import",
                    status=row.status,
                    by=Role.SYSTEM,
                    at=row.updated_at,
                    reason=None,
                )
                session.add_all([row, identifier, step])
                event = contract.OrganisationImported(organisation=public_of(row))
                await outbox.record(session, event)
        done += 1
    return done / (time.perf_counter() - began)


async def measure(place: Place) -> list[Ratio]:
    rows, few = place.size(ROWS, 600), place.size(ROW_BY_ROW, 20)
    url = await place.database("registry", SPEC.migrations)
    database = Database(url)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    new = await alternate(
        {
            "sets": lambda: set_by_set(database, directory(rows // 6), rows // 6),
            "rows": lambda: row_by_row(database, directory(few)),
        },
        place,
    )
    whole = directory(rows)
    first = await set_by_set(database, whole, rows)
    again = await set_by_set(database, whole, rows)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    console.print(
        f"  {rows} rows, {len(whole) >> 20} MiB: {first:,.0f} rows/s new, {again:,.0f} rows/s "
        f"again; at most {peak} MiB more memory"
    )
    await database.close()
    return [Ratio("import ÷ row by row", 3, 6, new["sets"], new["rows"], "rows/s")]
