"""`/v1/activities/{number}/registration` for the sides, `/v1/registrations` for families."""

import secrets
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.routes.acting import Acting, Action, actor_of
from triskel.activities.registrations import commands as usecases
from triskel.chassis.auth import public
from triskel.chassis.http import Now, Router, Session, example, set_etag
from triskel.chassis.http.values import Moment, Secret
from triskel.contracts.codes import BookingState
from triskel.contracts.refusals import Invalid

sides = Router(prefix="/v1/activities", tags=["registrations"])
families = Router(prefix="/v1/registrations", tags=["registrations"], dependencies=[public()])

Quota = Annotated[int, Field(ge=1, le=10_000, description="people")]
MOST_ADULTS = MOST_CHILDREN = 10


class Opening(bodies.Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"quota": 150, "until": "2026-01-19T18:00:00+01:00"}]},
    )

    quota: Quota
    until: Moment


class Changing(bodies.Body):
    model_config = example(quota=150, until="2025-12-02T18:00:00+01:00")

    quota: Quota | None = None
    until: Moment | None = None


class Opened(BaseModel):
    """`token` is shown this once and kept nowhere: who has it may register. Open again for another
    one, and this one is void."""

    activity: bodies.Answer
    token: str
    link: str = Field(description="the page for families")


class Party(bodies.Body):
    """Counts only. `own_token` is a secret of your own, to look at the registration and cancel it;
    sent again, the same changes nothing. One is made if you bring none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"token": "the-token-of-the-link-00", "adults": 2, "children": 1}]
        },
    )

    token: Secret
    adults: int = Field(ge=1, le=MOST_ADULTS)
    children: int = Field(default=0, ge=0, le=MOST_CHILDREN)
    own_token: Secret | None = None


class Own(bodies.Body):
    model_config = example(token="0Wc3v1bN0n1d2mJ8uQ4tLxXg7yPz5sKrE6hTfYaBcDe")

    token: Secret = Field(description="the registration's own secret")


class Registered(BaseModel):
    state: BookingState
    adults: int
    children: int
    position: int | None = Field(description="the turn of who waits")


class NewlyRegistered(Registered):
    own_token: str = Field(description="keep it: it shows the registration and cancels it")


def _deciding(acting: Acting) -> usecases.Deciding:
    assert acting.seen is not None
    return usecases.Deciding(
        acting.session,
        acting.events,
        acting.number,
        lambda known: actor_of(acting.caller, known),
        acting.seen,
        acting.now,
    )


@sides.put("/{number}/registration", summary="Let families register themselves, by a secret link")
async def open_registration(acting: Action, body: Opening, request: Request) -> Opened:
    a, facts, token = await usecases.open_registration(_deciding(acting), body.quota, body.until)
    set_etag(acting.response, a.version)
    # never in a log or cache on the way
    acting.response.headers["Cache-Control"] = "no-store"
    base = (request.app.state.settings.public_url or "").rstrip("/")
    return Opened(
        activity=acting.answer(a, facts),
        token=token,
        link=f"{base}/v1/registrations/page?token={token}",
    )


@sides.patch("/{number}/registration", summary="Another quota or another last moment")
async def change_registration(acting: Action, body: Changing) -> bodies.Answer:
    if body.quota is None and body.until is None:
        raise Invalid("nothing-to-change", "Say a quota or a last moment.", field="quota")
    a, facts = await usecases.change_registration(_deciding(acting), body.quota, body.until)
    set_etag(acting.response, a.version)
    return acting.answer(a, facts)


@sides.delete("/{number}/registration", summary="Make the link void")
async def close_registration(acting: Action) -> bodies.Answer:
    a, facts = await usecases.close_registration(_deciding(acting))
    set_etag(acting.response, a.version)
    return acting.answer(a, facts)


def _shown(found: usecases.Registered) -> Registered:
    row = found.row
    return Registered(
        state=BookingState(row.state),
        adults=row.adults,
        children=row.children,
        position=found.position,
    )


@families.post("", status_code=201, summary="Register a family: counts, no names")
async def register(body: Party, session: Session, now: Now) -> NewlyRegistered:
    """Bring `own_token` rather than an Idempotency-Key: it makes a repeat safe as well, and no
    stored answer holds the secret."""
    own = body.own_token or secrets.token_urlsafe(usecases.TOKEN_BYTES)
    found = await usecases.register(session, body.token, body.adults, body.children, own, now)
    return NewlyRegistered(**_shown(found).model_dump(), own_token=own)


@families.post("/look", summary="See a registration, by its own secret")
async def look(body: Own, session: Session) -> Registered:
    """A POST, so that the secret is in no address."""
    return _shown(await usecases.look(session, body.token))


@families.post("/cancel", summary="Cancel a registration, by its own secret")
async def cancel(body: Own, session: Session, now: Now) -> Registered:
    """Its places go to those who wait. Again changes nothing."""
    return _shown(await usecases.cancel(session, body.token, now))
