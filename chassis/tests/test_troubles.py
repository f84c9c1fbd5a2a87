"""Whose trouble a database error is: the caller's is never called an outage."""

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.database import Database
from triskel.contracts.codes import Role


def rule(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def say(service: Any, statement: str, method: str = "POST") -> Any:
    # an empty key is none: each is done anew
    path = f"/v1/open/says/{quote(statement, safe='')}"
    return await service.client.request(method, path, headers={"Idempotency-Key": ""})


def raising(state: str) -> str:
    return f"do $$ begin raise exception using errcode = '{state}'; end $$"


TROUBLES = {
    "select 'x'::int": (422, "value-not-storable"),
    "select 99999999999::int": (422, "value-not-storable"),
    "select '9999999-01-01'::timestamptz": (422, "value-not-storable"),
    "select convert_from('\\xff', 'utf8')": (422, "value-not-storable"),
    raising("22021"): (422, "value-not-storable"),
    "insert into things (id, version) values (null, 1)": (409, "id-missing"),
    raising("08006"): (503, "database-away"),
    raising("53300"): (503, "database-away"),
    raising("57P01"): (503, "database-away"),
    raising("55P03"): (503, "busy"),
    raising("40001"): (503, "busy"),
    "select * from nowhere": (500, "unexpected"),
    raising("P0001"): (500, "unexpected"),
    raising("23514"): (500, "unexpected"),
}


async def test_what_a_database_error_is_called(service: Any) -> None:
    answers = {statement: await say(service, statement) for statement in TROUBLES}
    assert {statement: rule(answer) for statement, answer in answers.items()} == TROUBLES
    for answer in answers.values():
        assert ("Retry-After" in answer.headers) == (answer.status_code == 503)


async def test_a_row_without_a_partition_is_our_fault_and_no_rule_of_the_callers(
    service: Any,
) -> None:
    async with service.app.state.database.transaction() as session:
        await session.execute(text("create table apart (id int) partition by range (id)"))
    answer = await say(service, "insert into apart values (1)")
    assert rule(answer) == (500, "unexpected")


@pytest.mark.parametrize("state", ["\x00", "half \ud83d"])
async def test_what_the_database_cannot_store_is_the_callers(service: Any, state: str) -> None:
    body = f'{{"id": "{uuid4()}", "state": {ascii_json(state)}}}'
    headers = service.tokens.bearer(Role.TEACHER) | {"Content-Type": "application/json"}
    answer = await service.client.post("/v1/things", content=body, headers=headers)
    assert answer.status_code == 422
    assert "Retry-After" not in answer.headers


def ascii_json(value: str) -> str:
    return '"' + "".join(f"\\u{ord(character):04x}" for character in value) + '"'


async def test_of_six_equal_things_at_once_one_is_made_and_five_are_told_the_rule(
    service: Any,
) -> None:
    headers = service.tokens.bearer(Role.TEACHER)
    body = {"id": str(uuid4())}
    answers = await asyncio.gather(
        *(service.client.post("/v1/things", json=body, headers=headers) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    for answer in answers:
        if answer.status_code == 409:
            assert rule(answer)[1] == "things-pkey"
            assert answer.json()["errors"][0]["rule"] == "things-pkey"


async def test_two_that_lock_each_other_out_are_both_done(service: Any) -> None:
    """PostgreSQL ends one of the two transactions of a deadlock: it is begun again."""
    one, two = str(uuid4()), str(uuid4())
    headers = service.tokens.bearer(Role.TEACHER)
    for number in (one, two):
        await service.client.post("/v1/things", json={"id": number}, headers=headers)

    def touch(*numbers: str) -> str:
        steps = [f"update things set version = version + 1 where id = '{n}'" for n in numbers]
        return f"do $$ begin {steps[0]}; perform pg_sleep(0.3); {steps[1]}; end $$"

    answers = await asyncio.gather(say(service, touch(one, two)), say(service, touch(two, one)))
    assert [answer.status_code for answer in answers] == [201, 201]
    async with service.app.state.database.reading() as session:
        versions = await session.scalars(text("select version from things"))
        assert list(versions) == [3, 3]


@pytest.mark.parametrize(("failures", "status"), [(3, 201), (4, 503)])
async def test_a_rolled_back_transaction_is_tried_four_times(
    service: Any, failures: int, status: int
) -> None:
    async with service.app.state.database.transaction() as session:
        # a sequence goes on counting, whatever is rolled back
        await session.execute(text("create sequence tries"))
    statement = (
        f"do $$ begin if nextval('tries') <= {failures} then "
        "raise exception using errcode = '40001'; end if; end $$"
    )
    assert (await say(service, statement)).status_code == status


async def test_a_repeat_after_a_rollback_has_the_body_as_it_came(service: Any) -> None:
    number = str(uuid4())
    async with service.app.state.database.transaction() as session:
        await session.execute(text("create sequence tries"))
        await session.execute(
            text(
                "create function stumble() returns trigger language plpgsql as $$ begin "
                "if nextval('tries') < 3 then raise exception using errcode = '40P01'; end if; "
                "return new; end $$"
            )
        )
        await session.execute(
            text("create trigger stumble before insert on things execute function stumble()")
        )
    headers = service.tokens.bearer(Role.TEACHER)
    answer = await service.client.post("/v1/things", json={"id": number}, headers=headers)
    assert (answer.status_code, answer.json()) == (201, {"id": number})


async def test_a_database_that_is_not_there_is_an_outage(service: Any) -> None:
    there, service.app.state.database = (
        service.app.state.database,
        Database("postgresql://nobody@127.0.0.1:9/none"),
    )
    answer = await say(service, "select 1")
    service.app.state.database = there
    assert rule(answer) == (503, "database-away")
    assert answer.headers["Retry-After"] == "5"


async def test_a_pool_without_a_free_connection_is_an_outage(service: Any) -> None:
    database: Database = service.app.state.database
    small = Database(database.url, pool_size=1, overflow=0, pool_seconds=0.01)
    service.app.state.database = small
    async with small.transaction() as held:
        await held.execute(text("select 1"))
        assert rule(await say(service, "select 1")) == (503, "database-away")
    assert (await say(service, "select 1")).status_code == 201
    await small.close()
    service.app.state.database = database
