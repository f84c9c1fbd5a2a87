"""Plays acts through the services' public HTTP APIs, each in the role that it needs."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from triskel.cli.demo import COLLEGES, DIRECTORY, SEED, SPECIALITIES
from triskel.cli.demo.acts import ACTS_AT, COORDINATOR, ZONE, Act
from triskel.cli.demo.cast import Host, Person, School
from triskel.cli.desk import Exit, Failure, problem
from triskel.cli.town import Town

AT_ONCE = 12
PATIENCE_SECONDS = 30.0
NOT_YET = ("organisation-unknown", "school-not-ready", "host-not-ready", "partnership-not-ready")
"""Refusals that mean: the other service has not heard of it yet."""
NOT_YET_ACTIVE = "no-planned-activity"
CHANGED_BY_TIME = ("version-stale", "state-does-not-allow")
"""A partnership becomes active, or at risk, by itself: whoever acts then looks at it again."""


@dataclass
class _Thing:
    """A partnership or an activity as the last answer showed it."""

    id: str
    version: int


class Player:
    def __init__(self, town: Town, client: httpx.AsyncClient) -> None:
        self._town = town
        self._client = client
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._ids: dict[str, str] = {}
        self._things: dict[str, _Thing] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def import_files(self) -> list[dict[str, Any]]:
        """The official files, as they are. Returns the services' reports."""
        jobs = (
            ("registry", "/v1/imports", "fr-annuaire", DIRECTORY),
            ("metrics", "/v1/reference/imports", "fr-specialites", SPECIALITIES),
            ("metrics", "/v1/reference/imports", "fr-effectifs-colleges", COLLEGES),
        )
        reports = []
        for service, path, dataset, file in jobs:
            report = await self._json(
                "POST",
                service,
                f"{path}?dataset={dataset}",
                COORDINATOR,
                key=f"import-{dataset}",
                content=file.read_bytes(),
                headers={"Content-Type": "text/csv"},
            )
            while report.get("state") in ("queued", "running"):
                await asyncio.sleep(0.2)
                report = await self._json("GET", service, f"{path}/{report['id']}", COORDINATOR)
            reports.append(report)
        return reports

    async def claim_schools(self, schools: Sequence[School]) -> None:
        """The coordinator verifies the claims of schools that the directory brought."""
        wanted = {school.uai for school in schools}
        known = {
            identifier["value"]: found
            for found in await self.pages("registry", "/v1/organisations?kind=school", COORDINATOR)
            for identifier in found["identifiers"]
        }
        for uai in sorted(wanted):
            self._ids[uai] = known[uai]["id"]
        await self._each(
            self._json(
                "POST",
                "registry",
                f"/v1/organisations/{known[uai]['id']}/claim",
                COORDINATOR,
                key=f"claim-{uai}",
                headers={"If-Match": f'"{known[uai]["version"]}"'},
            )
            for uai in sorted(wanted)
        )

    async def register_hosts(self, hosts: Sequence[Host]) -> None:
        async def register(host: Host) -> None:
            answer = await self._json(
                "POST", "registry", "/v1/organisations", COORDINATOR, key=host.key, json=host.body
            )
            self._ids[host.key] = answer["id"]

        await self._each(register(host) for host in hosts)

    async def register_people(self, people: Sequence[Person]) -> None:
        await self._each(
            self._json(
                "POST",
                "registry",
                "/v1/contacts",
                COORDINATOR,
                key=f"person-{number}",
                json=person.body | {"organisation_id": self._ids[person.organisation]},
            )
            for number, person in enumerate(people)
        )

    async def play(self, acts: Sequence[Act], after: Callable[[int], None]) -> None:
        """Day by day: the clock is set, then what happens that day happens at once, except that
        acts on one thing keep their order."""
        for day, of_day in groupby(acts, key=lambda act: act.day):
            self._town.set_clock(datetime.combine(day, ACTS_AT, ZONE))
            by_thing: dict[str, list[Act]] = {}
            for act in of_day:
                by_thing.setdefault(act.what, []).append(act)
            await self._each(self._in_order(chain) for chain in by_thing.values())
            after(sum(len(chain) for chain in by_thing.values()))

    async def _in_order(self, chain: Sequence[Act]) -> None:
        for act in chain:
            await self._act(act)

    async def _act(self, act: Act) -> None:
        partnership = act.what.startswith("partnership")
        service, path = "registry", "/v1/partnerships"
        if not partnership:
            service, path = "activities", "/v1/activities"
        body = self._with_ids(act.body)
        method, headers = "POST", {}
        if act.verb != "create":
            thing = self._things[act.what]
            headers["If-Match"] = f'"{thing.version}"'
            path += f"/{thing.id}/{act.verb}"
            method = "PUT" if act.verb == "budget" else "POST"
        key = f"{act.what}-{act.verb}-{act.day}-{act.role}"
        options: dict[str, Any] = {"headers": headers}
        if body is not None:
            options["json"] = body
        answer = await self._json(method, service, path, act.role, act.of, key=key, **options)
        self._things[act.what] = _Thing(answer["id"], answer["version"])

    def _with_ids(self, body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        named = {"school_id", "company_id", "host_id"}
        put: dict[str, Any] = {
            name: self._ids[value] for name, value in body.items() if name in named
        }
        if "partnership_id" in body:
            put["partnership_id"] = self._things[body["partnership_id"]].id
        if "lines" in body:
            put["lines"] = [
                line | ({"funder_id": self._ids[line["funder_id"]]} if "funder_id" in line else {})
                for line in body["lines"]
            ]
        return body | put

    async def pages(self, service: str, path: str, role: str) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor = None
        joint = "&" if "?" in path else "?"
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            page = await self._json("GET", service, f"{path}{joint}limit=200{more}", role)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def get(self, service: str, path: str, role: str = "ops") -> Any:
        return await self._json("GET", service, path, role)

    async def _json(
        self,
        method: str,
        service: str,
        path: str,
        role: str,
        of: str | None = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Any:
        """The answer's JSON. What another service has not heard of yet is asked again for a while,
        and so is a service that is down. Raises `Failure` with the problem's words."""
        headers = dict(headers or {})
        headers["Authorization"] = f"Bearer {await self._token(role, of)}"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        if method == "POST":
            # the same act has the same key in every run; a refusal is not kept under it
            headers["Idempotency-Key"] = str(uuid5(NAMESPACE_URL, f"{SEED}-{service}-{key}"))
        url, lost = self._town.services[service] + path, False
        while True:
            try:
                answer = await self._client.request(method, url, headers=headers, **options)
            except httpx.TransportError as error:
                if loop.time() > deadline:
                    why = f"{method} {path} as {role}: {service} does not answer"
                    raise Failure(f"{why} ({type(error).__name__})", Exit.SOFTWARE) from error
                lost = True
                await asyncio.sleep(0.1)
                continue
            if lost and method == "PUT" and answer.status_code == 412:
                # the answer that was lost had said yes: a PUT has no key to ask it again
                return await self._json("GET", service, path.rpartition("/")[0], role, of)
            if answer.status_code < 400:
                return answer.json() if answer.content else None
            rule = answer.json().get("type", "").rpartition(":")[2]
            if path.startswith("/v1/partnerships/") and rule in CHANGED_BY_TIME:
                known = await self._json("GET", service, path.rpartition("/")[0], COORDINATOR)
                if path.endswith("/activate") and known["state"] == "active":
                    return known
                if rule == "version-stale":
                    headers["If-Match"] = f'"{known["version"]}"'
                    continue
            not_yet = answer.status_code == 409 and rule in (*NOT_YET, NOT_YET_ACTIVE)
            if not (not_yet or answer.status_code == 503) or loop.time() > deadline:
                break
            await asyncio.sleep(0.05)
        raise Failure(f"{method} {path} as {role}: {problem(answer)}", Exit.SOFTWARE)

    async def _token(self, role: str, of: str | None) -> str:
        if (role, of) in self._tokens:
            return self._tokens[role, of]
        infrastructure = self._town.infrastructure
        form = {
            "grant_type": "client_credentials",
            "client_id": "triskel",
            "client_secret": infrastructure.client_secret or "",
            "subject": f"{role}-{of or 'region'}",
            "roles": role,
            "region": self._town.region,
        }
        if of is not None:
            form["organisation"] = self._ids[of]
        answer = await self._client.post(f"{infrastructure.issuer}/token", data=form)
        if answer.status_code != 200:
            raise Failure(f"no token for {role}: {answer.text[:200]}", Exit.SOFTWARE)
        token: str = answer.json()["access_token"]
        self._tokens[role, of] = token
        return token

    async def _each(self, jobs: Iterable[Any]) -> None:
        async def one(job: Any) -> None:
            async with self._turns:
                await job

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))


async def quiet(player: Player, today: date) -> None:
    """Until everything said was heard, every mail has left, and what time brings about has come.

    Raises `Failure` when that takes too long.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 90
    calm = 0
    while calm < 2:
        calm = calm + 1 if await _is_quiet(player, today) else 0
        if loop.time() > deadline:
            raise Failure("the bus does not come to rest: triskel lag shows where", Exit.SOFTWARE)
        await asyncio.sleep(0.3)


async def _is_quiet(player: Player, today: date) -> bool:
    for service in ("registry", "activities", "notifications", "metrics"):
        bus = await player.get(service, "/v1/ops/bus")
        if bus["unsent"] or bus["lag"]:
            return False
    if not (await player.get("registry", "/v1/calendars"))["items"]:
        return False  # the official school calendars are taken over by themselves
    waiting = await player.get("notifications", "/v1/deliveries?state=waiting&limit=1")
    if waiting["items"]:
        return False
    for state in ("proposed", "delivered", "evaluated"):
        for activity in await player.pages(
            "activities", f"/v1/activities?state={state}", COORDINATOR
        ):
            if _overdue(activity, today):
                return False
    proposed = await player.pages("registry", "/v1/partnerships?state=proposed", COORDINATOR)
    return not any(date.fromisoformat(p["answer_by"][:10]) < today for p in proposed)


CLOSE_AFTER_DAYS = 30


def _overdue(activity: dict[str, Any], today: date) -> bool:
    """Whether time should have expired or closed it by now."""
    if activity["state"] == "proposed":
        return date.fromisoformat(activity["answer_by"][:10]) < today
    delivered = date.fromisoformat(activity["delivered_at"][:10])
    return (today - delivered).days > CLOSE_AFTER_DAYS
