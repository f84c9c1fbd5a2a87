"""The client of our services, before answers as services give them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from triskel.chassis.client import ApiClient, ApiProblem, TokenIssuer

ISSUER = TokenIssuer("http://issuer.test", "secret", "FRH0")
Answering = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def client(answer: Answering, issuer: TokenIssuer | None = ISSUER) -> ApiClient:
    services = {"registry": "http://registry.test"}
    return ApiClient(services, issuer, transport=httpx.MockTransport(answer))


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=dict(request.headers) | {"url": str(request.url)})


async def test_a_post_has_a_key_of_its_own_unless_it_brings_one() -> None:
    async with client(echo) as api:
        first, second = [await api.ask("POST", "registry", "/v1/things") for _ in range(2)]
        given = await api.ask("POST", "registry", "/v1/things", headers={"idempotency-key": "mine"})
        read = await api.ask("GET", "registry", "/v1/things")
        short = (await api.post("http://registry.test/v1/things")).json()
    assert first["idempotency-key"] != second["idempotency-key"] != short["idempotency-key"]
    assert given["idempotency-key"] == "mine"
    assert "idempotency-key" not in read


async def test_the_version_that_was_seen_goes_as_if_match_and_the_token_as_bearer() -> None:
    async with client(echo) as api:
        sent = await api.ask("PATCH", "registry", "/v1/things/1", version=3, token="t")
        plain = await api.ask("PATCH", "registry", "/v1/things/1")
    assert (sent["if-match"], sent["authorization"]) == ('"3"', "Bearer t")
    assert not {"if-match", "authorization"} & set(plain)


async def test_all_pages_are_read_with_the_question_that_was_asked() -> None:
    asked: list[dict[str, str]] = []

    def pages(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        following = {None: "a&b", "a&b": "c", "c": None}[request.url.params.get("cursor")]
        return httpx.Response(200, json={"items": [len(asked)], "next": following})

    async with client(pages) as api:
        assert await api.pages("registry", "/v1/things?kind=school&q=a%20b") == [1, 2, 3]
    common = {"kind": "school", "q": "a b", "limit": "200"}
    assert asked == [common, common | {"cursor": "a&b"}, common | {"cursor": "c"}]


@pytest.mark.parametrize(
    ("status", "body", "text", "rule"),
    [
        (409, {"type": "urn:triskel:problem:full", "detail": "It is full."}, "It is full.", "full"),
        (
            422,
            {
                "type": "urn:triskel:problem:malformed",
                "detail": "Not a year.",
                "errors": [{"field": "year", "value": 1, "rule": "year"}],
            },
            "Not a year. (year = 1; rule year)",
            "malformed",
        ),
        (
            400,
            {"error": "invalid_scope", "error_description": "No such role."},
            "No such role.",
            "",
        ),
        (503, "away", "503 Service Unavailable", ""),
        (502, ["a", "list"], "502 Bad Gateway", ""),
    ],
)
async def test_a_refusal_is_raised_as_one_line_with_its_status_and_rule(
    status: int, body: Any, text: str, rule: str
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)

    async with client(lambda request: httpx.Response(status, text=content)) as api:
        with pytest.raises(ApiProblem) as raised:
            await api.ask("GET", "registry", "/v1/things")
    problem = raised.value
    assert (str(problem), problem.status, problem.rule) == (text, status, rule)


async def test_an_answer_is_json_or_its_text_or_nothing() -> None:
    kinds = {
        "/json": httpx.Response(200, json={"a": 1}),
        "/csv": httpx.Response(200, text="a;b"),
        "/none": httpx.Response(204),
    }
    async with client(lambda request: kinds[request.url.path]) as api:
        found = [await api.ask("GET", "registry", path) for path in kinds]
    assert found == [{"a": 1}, "a;b", None]


@pytest.mark.parametrize(("seconds", "asked"), [(3600, 2), (59, 3)])
async def test_a_token_is_asked_for_once_for_each_claim_and_again_before_it_ends(
    seconds: int, asked: int
) -> None:
    forms: list[httpx.QueryParams] = []

    def issue(request: httpx.Request) -> httpx.Response:
        forms.append(httpx.QueryParams(request.content.decode()))
        return httpx.Response(200, json={"access_token": f"t{len(forms)}", "expires_in": seconds})

    async with client(issue) as api:
        first = await api.token("head ops", ttl="60")
        again = await api.token("head ops", ttl="60")
        other = await api.token("teacher")
    assert len(forms) == asked
    assert (first == again) is (asked == 2)
    assert other not in (first, again)
    form = dict(forms[0])
    assert (form["roles"], form["ttl"], form["region"]) == ("head ops", "60", "FRH0")


async def test_who_has_no_issuer_is_told_so_when_a_token_is_wanted() -> None:
    async with client(echo, issuer=None) as api:
        with pytest.raises(ValueError, match="needs an issuer"):
            await api.token("ops")


async def test_who_gets_a_token_for_an_organisation_is_made_a_member_once_and_acts_for_it() -> None:
    granted: list[dict[str, Any]] = []
    unheard = iter((403, 403, 200))

    def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            form = httpx.QueryParams(request.content.decode())
            assert "organisation" not in form
            token = f"{form['roles']}-{form['subject']}"
            return httpx.Response(200, json={"access_token": token, "expires_in": 3600})
        if request.url.path == "/v1/memberships":
            assert request.headers["Authorization"] == "Bearer coordinator-somebody"
            granted.append(json.loads(request.content))
            return httpx.Response(201, json={})
        status = next(unheard)
        problem = {"type": "urn:triskel:problem:not-a-member"}
        return httpx.Response(status, json=problem if status == 403 else dict(request.headers))

    async with client(platform) as api:
        token = await api.token("head", subject="anne", organisation="o")
        assert await api.token("head", subject="anne", organisation="o") == token
        # a service that has not heard of her yet is asked again
        sent = await api.ask("GET", "registry", "/v1/things", token=token)
    member = {"issuer": "http://issuer.test", "subject": "anne", "roles": ["head"]}
    assert granted == [member | {"organisation_id": "o"}]
    assert sent["triskel-organisation"] == "o"


async def test_who_asks_for_the_token_while_the_membership_is_made_acts_for_it_too() -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"access_token": "a-token", "expires_in": 3600})
        if request.url.path == "/v1/memberships":
            asked.set()
            await may_answer.wait()
            return httpx.Response(201, json={})
        return httpx.Response(200, json=dict(request.headers))

    async def act(api: ApiClient) -> Any:
        token = await api.token("head", subject="anne", organisation="o")
        return await api.ask("GET", "registry", "/v1/things", token=token)

    async with client(platform) as api:
        first = asyncio.create_task(act(api))
        await asked.wait()
        second = asyncio.create_task(act(api))
        for _ in range(20):  # as far as it gets
            await asyncio.sleep(0)
        may_answer.set()
        for sent in (await first, await second):
            assert sent["triskel-organisation"] == "o"
