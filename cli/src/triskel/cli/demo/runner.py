"""Runs steps and scenarios through the public HTTP APIs, each in the role that it needs."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from triskel.chassis.client import ApiClient
from triskel.cli.console import Exit, Failure
from triskel.cli.demo import COLLEGES, DIRECTORY, SCHOOL_YEAR, SPECIALITIES
from triskel.cli.demo.fixtures import Host, Pair, Person, School
from triskel.cli.demo.patience import PatientClient
from triskel.cli.demo.school_days import SchoolDays
from triskel.cli.demo.steps import COORDINATOR, STEPS_AT, ZONE, Step
from triskel.cli.stack import Stack
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.registry import SchoolCalendar

AT_ONCE = 12


@dataclass
class Thing:
    """A partnership or an activity as the last answer showed it."""

    id: str
    version: int
    digest: str | None = None
    """of the document to sign, where it has one"""


Shown = dict[str, Any]
"""A partnership, an activity or an offer, as an answer showed it."""


@dataclass
class Notes:
    """What one scenario leaves for a later one; each is set before it is looked at."""

    partnership: Shown = field(init=False)
    lesson: Shown = field(init=False)
    expert_lesson: Shown = field(init=False)
    classes: Shown = field(init=False)
    visit: Shown = field(init=False)
    meeting: Shown = field(init=False)
    masterclass: Shown = field(init=False)
    bookings: list[Shown] = field(init=False)
    research: Shown = field(init=False)
    challenge: Shown = field(init=False)
    final: Shown = field(init=False)
    parents_day_id: str = field(init=False)
    register_id: str = field(init=False)
    offers: dict[int, Shown] = field(default_factory=dict)
    """by the place of their pair among the year's"""


class Runner(PatientClient):
    """`pairs` are the year's partnerships."""

    def __init__(
        self,
        stack: Stack,
        client: ApiClient,
        schools: Sequence[School] = (),
        hosts: Sequence[Host] = (),
        pairs: Sequence[Pair] = (),
    ) -> None:
        super().__init__(stack, client)
        self.schools, self.hosts, self.pairs = schools, hosts, pairs
        self.notes = Notes()
        self._things: dict[str, Thing] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def import_files(self) -> list[dict[str, Any]]:
        """The official files, as they are. Returns the services' reports."""
        jobs = (
            ("registry", "/v1/imports", "fr-annuaire", DIRECTORY),
            ("metrics", "/v1/reference/imports", "fr-specialites", SPECIALITIES),
            ("metrics", "/v1/reference/imports", "fr-effectifs-colleges", COLLEGES),
        )
        return [
            await self.import_file(service, path, dataset, file.read_bytes())
            for service, path, dataset, file in jobs
        ]

    async def import_file(self, service: str, path: str, dataset: str, content: bytes) -> Any:
        """The report, once the import is over."""
        report = await self.ask(
            *("POST", service, f"{path}?dataset={dataset}", COORDINATOR),
            key=f"import-{dataset}",
            content=content,
            headers={"Content-Type": "text/csv"},
        )
        while report.get("state") in ("queued", "running"):
            await asyncio.sleep(0.2)
            report = await self.ask("GET", service, f"{path}/{report['id']}", COORDINATOR)
        return report

    async def decide(self) -> None:
        """The coordinator sets what the region has otherwise than others. Partnerships are looked
        through for risks every half minute, which is months of a simulated year: what that would
        find of eight quiet weeks would hang on the machine's speed."""
        path = f"/v1/regions/{self.stack.region}"
        known = await self.get("registry", path)
        await self.ask(
            *("PATCH", "registry", path, COORDINATOR),
            key="decide",
            seen=known["version"],
            json={"quiet_school_weeks": 52},
        )

    async def school_days(self) -> SchoolDays:
        """Those of the demo's year, which the registry takes over by itself."""
        path = f"/v1/calendars/{self.stack.region}/{SCHOOL_YEAR}"
        return SchoolDays.of(SchoolCalendar.model_validate(await self.get("registry", path)))

    async def claim_schools(self, schools: Sequence[School]) -> None:
        """The coordinator verifies the claims of schools that the directory brought."""
        wanted = {school.uai for school in schools}
        known = {
            identifier["value"]: found
            for found in await self.pages("registry", "/v1/organisations?kind=school", COORDINATOR)
            for identifier in found["identifiers"]
        }
        for uai in sorted(wanted):
            self.ids[uai] = known[uai]["id"]
        await self._each(
            self.ask(
                "POST",
                "registry",
                f"/v1/organisations/{known[uai]['id']}/claim",
                COORDINATOR,
                key=f"claim-{uai}",
                seen=known[uai]["version"],
            )
            for uai in sorted(wanted)
        )

    async def register_hosts(self, hosts: Sequence[Host]) -> None:
        async def register(host: Host) -> None:
            answer = await self.ask(
                "POST", "registry", "/v1/organisations", COORDINATOR, key=host.key, json=host.body
            )
            self.ids[host.key] = answer["id"]

        await self._each(register(host) for host in hosts)

    async def register_people(self, people: Sequence[Person]) -> None:
        await self._each(
            self.ask(
                "POST",
                "registry",
                "/v1/contacts",
                COORDINATOR,
                key=f"person-{number}",
                json=person.body | {"organisation_id": self.ids[person.organisation]},
            )
            for number, person in enumerate(people)
        )

    async def run(self, steps: Sequence[Step], day: date) -> None:
        """The clock is set, then what happens that day happens at once, except that steps on one
        thing keep their order."""
        self.stack.set_clock(datetime.combine(day, STEPS_AT, ZONE))
        by_thing: dict[str, list[Step]] = {}
        for step in steps:
            by_thing.setdefault(step.what, []).append(step)
        await self._each(self._in_order(chain) for chain in by_thing.values())

    def thing(self, key: str) -> Thing:
        """The partnership or activity of this key, as its last step left it."""
        return self._things[key]

    async def _in_order(self, chain: Sequence[Step]) -> None:
        for step in chain:
            await self._step(step)

    async def _step(self, step: Step) -> None:
        partnership = step.what.startswith("partnership")
        service, path = "registry", "/v1/partnerships"
        if not partnership:
            service, path = "activities", "/v1/activities"
        body = self._with_ids(step.body)
        method, seen = "POST", None
        if step.verb != "create":
            thing = self._things[step.what]
            seen = thing.version
            path += f"/{thing.id}/{step.verb}"
            method = "PUT" if step.verb == "budget" else "POST"
            if step.verb == "sign":
                body = {"digest": thing.digest}
        key = f"{step.what}-{step.verb}-{step.day}-{step.role}"
        answer = await self.ask(
            method, service, path, step.role, step.of, key=key, seen=seen, json=body
        )
        digest = answer.get("agreement", {}).get("digest")
        self._things[step.what] = Thing(answer["id"], answer["version"], digest)

    def _with_ids(self, body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        named = {"school_id", "company_id", "host_id"}
        put: dict[str, Any] = {
            name: self.ids[value] for name, value in body.items() if name in named
        }
        if "partnership_id" in body:
            put["partnership_id"] = self._things[body["partnership_id"]].id
        if "lines" in body:
            put["lines"] = [
                line | ({"funder_id": self.ids[line["funder_id"]]} if "funder_id" in line else {})
                for line in body["lines"]
            ]
        return body | put

    async def _each(self, jobs: Iterable[Any]) -> None:
        async def one(job: Any) -> None:
            async with self._turns:
                await job

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))


PATIENCE_SECONDS = 600
"""What is not done by then will not be, also on a busy machine."""


async def quiet(runner: Runner, today: date) -> None:
    """Until everything said was heard, every mail has left, and what time brings about has come.

    Raises `Failure` when that takes too long.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    calm = 0
    while calm < 2:
        calm = calm + 1 if await _is_quiet(runner, today) else 0
        if loop.time() > deadline:
            raise Failure("the bus does not come to rest: triskel lag shows where", Exit.SOFTWARE)
        await asyncio.sleep(0.3)


async def _is_quiet(runner: Runner, today: date) -> bool:
    for service in SERVICES:
        bus = await runner.get(service, "/v1/ops/bus")
        if bus["unsent"] or bus["lag"]:
            return False
    if not (await runner.get("registry", "/v1/calendars"))["items"]:
        return False  # the official school calendars are taken over by themselves
    waiting = await runner.get("notifications", "/v1/deliveries?state=waiting&limit=1")
    if waiting["items"]:
        return False
    for state in ("proposed", "delivered", "evaluated"):
        for activity in await runner.pages(
            "activities", f"/v1/activities?state={state}", COORDINATOR
        ):
            if _overdue(activity, today):
                return False
    for state in ("proposed", "accepted", "agreement-draft", "partially-signed"):
        deadline = "answer_by" if state == "proposed" else "sign_by"
        path = f"/v1/partnerships?state={state}"
        for known in await runner.pages("registry", path, COORDINATOR):
            if known[deadline] and date.fromisoformat(known[deadline][:10]) < today:
                return False
    return True


CLOSE_AFTER_DAYS = 30


def _overdue(activity: dict[str, Any], today: date) -> bool:
    """Whether time should have expired or closed it by now."""
    if activity["state"] == "proposed":
        return date.fromisoformat(activity["answer_by"][:10]) < today
    delivered = date.fromisoformat(activity["delivered_at"][:10])
    return (today - delivered).days > CLOSE_AFTER_DAYS
