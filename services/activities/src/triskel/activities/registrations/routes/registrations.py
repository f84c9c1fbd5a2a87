"""`/v1/activities/{activity_id}/registration` for the sides, `/v1/registrations` for families."""

from triskel.activities.activities.routes.target import OnActivity
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.registrations import actions, commands
from triskel.activities.registrations.refusals import NothingToChange
from triskel.activities.registrations.schemas import (
    ChangeBody,
    NewRegistrationAnswer,
    OpenedAnswer,
    OpeningBody,
    OwnBody,
    PartyBody,
    RegistrationAnswer,
)
from triskel.chassis.auth import public
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.actions import described
from triskel.chassis.secrets import new_secret

sides = Router(prefix="/v1/activities/{activity_id}/registration", tags=["registrations"])
families = Router(prefix="/v1/registrations", tags=["registrations"], dependencies=[public()])


@sides.put("", **described(actions.OPEN_REGISTRATION))
async def open_registration(on: OnActivity, body: OpeningBody) -> OpenedAnswer:
    opened, token = await commands.open_registration(
        on.context, on.id, on.seen, body.quota, body.until
    )
    # never in a log or cache on the way
    on.response.headers["Cache-Control"] = "no-store"
    base = (on.context.settings.public_url or "").rstrip("/")
    link = f"{base}/v1/registrations/page?token={token}"
    return OpenedAnswer(activity=on.done(opened), token=token, link=link)


@sides.patch("", **described(actions.CHANGE_REGISTRATION))
async def change_registration(on: OnActivity, body: ChangeBody) -> ActivityAnswer:
    if body.quota is None and body.until is None:
        raise NothingToChange
    return on.done(
        await commands.change_registration(on.context, on.id, on.seen, body.quota, body.until)
    )


@sides.delete("", **described(actions.CLOSE_REGISTRATION))
async def close_registration(on: OnActivity) -> ActivityAnswer:
    return on.done(await commands.close_registration(on.context, on.id, on.seen))


@families.post("", status_code=201, summary="Register a family: counts, no names")
async def register(body: PartyBody, session: Session, now: Now) -> NewRegistrationAnswer:
    """Bring `own_token` rather than an Idempotency-Key: it makes a repeat safe as well, and no
    stored answer holds the secret."""
    own = body.own_token or new_secret(commands.TOKEN_BYTES)
    found = await commands.register(session, body.token, body.adults, body.children, own, now)
    return NewRegistrationAnswer.of(found, own_token=own)


@families.post("/look", summary="See a registration, by its own secret")
async def look(body: OwnBody, session: Session) -> RegistrationAnswer:
    """A POST, so that the secret is in no address."""
    return RegistrationAnswer.of(await commands.look(session, body.token))


@families.post("/cancel", summary="Cancel a registration, by its own secret")
async def cancel(body: OwnBody, session: Session, now: Now) -> RegistrationAnswer:
    """Its places go to those who wait. Again changes nothing."""
    return RegistrationAnswer.of(await commands.cancel(session, body.token, now))
