"""Cost lines over HTTP: who pays them, and what they sum up to."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from triskel.contracts.codes import OrganisationKind

ACTIVITIES, BUDGETS, YEAR = "/v1/activities", "/v1/budgets", "2025-2026"


def line(amount: int, state: str = "planned", **more: Any) -> dict[str, Any]:
    return {"kind": "transport", "label": "Car", "amount": amount, "state": state} | more


async def lesson(fair: Any, *lines: Any, **more: Any) -> Any:
    body = {
        "format": "guest-lesson",
        "title": "Une ingénieure en classe",
        "school_year": YEAR,
        "host_id": str(fair.host),
        "school_id": str(fair.school),
        "partnership_id": str(fair.partnership),
    }
    known = await fair.post(ACTIVITIES, "teacher", body | more)
    return await budget(fair, f"{ACTIVITIES}/{known.json()['id']}/budget", "teacher", *lines)


async def budget(fair: Any, path: str, who: str, *lines: Any, seen: int | None = 1) -> Any:
    etag = {} if seen is None else {"If-Match": f'"{seen}"'}
    headers = fair.who(who) | etag
    return await fair.client.put(path, json={"lines": list(lines)}, headers=headers)


async def sums(fair: Any, query: str, who: str = "coordinator") -> dict[Any, int]:
    page = await fair.get(f"{BUDGETS}?by={query}", who)
    assert page.status_code == 200, page.text
    return {(each["key"], each["currency"]): each["amount"] for each in page.json()["items"]}


@pytest.fixture
async def funded(fair: Any) -> dict[str, str]:
    """Two activities and the year's programme, which a company and a region pay for."""
    council = uuid4()
    await fair.hear(fair.organisation(council, OrganisationKind.PUBLIC_AUTHORITY))
    company = str(fair.host)
    bus = line(30_000, "committed", funder_id=str(council))
    staff = line(5_000, "paid", funder_id=company, in_kind=True)
    first = await lesson(fair, bus, staff, line(700))
    second = await lesson(fair, line(90_000, "paid", funder_id=company, currency="DKK"))
    path = f"/v1/programmes/{fair.partnership}/{YEAR}"
    year = line(10_000, "paid", funder_id=company)
    third = await budget(fair, f"{path}/budget", "host", year, seen=None)
    for answer in (first, second, third):
        assert answer.status_code == 200, answer.text
    assert third.json()["allowed_actions"] == ["set", "budget"]
    return {
        "first": first.json()["id"],
        "second": second.json()["id"],
        "council": str(council),
        "company": company,
        "partnership": str(fair.partnership),
    }


async def test_budget_lines_sum_by_activity_partnership_programme_funder_and_state(
    fair: Any, funded: Any
) -> None:
    first, second = (funded["first"], "EUR"), (funded["second"], "DKK")
    assert await sums(fair, "activity") == {
        first: 35_700,
        second: 90_000,
        (None, "EUR"): 10_000,
    }
    all_of_it = {"EUR": 45_700, "DKK": 90_000}
    for by, key in (
        ("partnership", funded["partnership"]),
        ("programme", f"{funded['partnership']}/{YEAR}"),
    ):
        assert await sums(fair, by) == {(key, each): all_of_it[each] for each in all_of_it}
    company, council = funded["company"], funded["council"]
    assert await sums(fair, "funder") == {
        (company, "EUR"): 15_000,
        (company, "DKK"): 90_000,
        (council, "EUR"): 30_000,
        (None, "EUR"): 700,
    }
    assert await sums(fair, "state") == {
        ("planned", "EUR"): 700,
        ("committed", "EUR"): 30_000,
        ("paid", "EUR"): 15_000,
        ("paid", "DKK"): 90_000,
    }
    of_the_company = await sums(fair, f"state&currency=EUR&funder_id={company}")
    assert of_the_company == {("paid", "EUR"): 15_000}
    assert await sums(fair, f"state&activity_id={funded['first']}&state=planned") == {
        ("planned", "EUR"): 700
    }
    assert await sums(fair, "state&school_year=2024-2025") == {}
    pages, cursor = [], ""
    while cursor is not None:
        page = (await fair.get(f"{BUDGETS}?by=funder&limit=1{cursor}", "coordinator")).json()
        pages += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert [(each["lines"], each["in_kind"]) for each in pages if each["key"] == company] == [
        (1, 0),
        (2, 5_000),
    ]
    said = [type(each).__name__ for each in await fair.said("activities.programmes")]
    assert said == ["ProgrammeBudgetSet"]


async def test_an_organisation_sums_what_it_takes_part_in_and_what_it_pays_for(
    fair: Any, funded: Any
) -> None:
    for who in ("teacher", "host", "authority"):
        assert await sums(fair, "partnership", who) == await sums(fair, "partnership")
    assert await sums(fair, "state", "stranger") == {}
    pays = fair.tokens.bearer("company", organisation=funded["council"], subject="council")
    page = await fair.client.get(f"{BUDGETS}?by=activity", headers=pays)
    assert [(each["key"], each["amount"]) for each in page.json()["items"]] == [
        (funded["first"], 30_000)
    ]


async def test_of_what_will_not_take_place_counts_what_was_paid(fair: Any, funded: Any) -> None:
    path = f"{ACTIVITIES}/{funded['first']}"
    headers = fair.who("coordinator") | {"If-Match": '"2"'}
    gone = await fair.client.post(f"{path}/cancel", json={"reason": "other"}, headers=headers)
    assert gone.status_code == 200, gone.text
    assert (await sums(fair, f"state&activity_id={funded['first']}")) == {("paid", "EUR"): 5_000}


async def test_a_funder_is_a_known_organisation_and_a_school_funds_its_own_alone(fair: Any) -> None:
    neighbour = uuid4()
    await fair.hear(fair.organisation(neighbour, OrganisationKind.SCHOOL))
    for given, refused in (
        (line(1, funder_id=str(uuid4())), (409, "funder-unknown")),
        (line(1, funder_id=str(neighbour)), (422, "school-funds-its-own")),
        (line(1, "paid"), (422, "funder-missing")),
        (line(1, currency="XXX"), (422, "request-invalid")),
    ):
        assert fair.rule(await lesson(fair, given)) == refused, given
        path = f"/v1/programmes/{fair.partnership}/{YEAR}/budget"
        assert fair.rule(await budget(fair, path, "teacher", given, seen=None)) == refused
    assert (await lesson(fair, line(1, "paid", funder_id=str(fair.school)))).status_code == 200
    path = f"/v1/programmes/{fair.partnership}/{YEAR}/budget"
    assert fair.rule(await budget(fair, path, "stranger", seen=None)) == (403, "not-a-participant")


async def test_sums_are_one_statement_that_finds_lines_by_indexes(fair: Any, funded: Any) -> None:
    asked: list[tuple[str, Any]] = []

    def heard(_: Any, __: Any, statement: str, parameters: Any, *more: Any) -> None:
        if "jsonb_to_recordset" in statement:
            asked.append((statement, parameters))

    database = fair.app.state.database
    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    for who in ("coordinator", "host"):
        await sums(fair, "funder", who)
    event.remove(database.engine.sync_engine, "before_cursor_execute", heard)
    assert len(asked) == 2
    wanted = (
        ({"activities_with_budget"}, "select 1"),
        # few rows have any lines here: the index of all of them would do
        (
            {"activities_by_funder", "activities_by_school", "activities_by_host"},
            "drop index activities_with_budget",
        ),
    )
    async with database.engine.connect() as connection:
        await connection.execute(text("set enable_seqscan = off"))
        for (statement, parameters), (indexes, without) in zip(asked, wanted, strict=True):
            await connection.execute(text(without))
            rows = await connection.exec_driver_sql(f"explain {statement}", parameters)
            plan = "\n".join(row[0] for row in rows)
            assert all(index in plan for index in indexes), plan
        await connection.rollback()
