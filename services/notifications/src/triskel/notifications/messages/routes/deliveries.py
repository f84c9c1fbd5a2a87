"""`/v1/deliveries`: what became of each message, for coordinators and ops. Ids only."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, Session
from triskel.chassis.http.values import OneLine
from triskel.contracts.codes import Channel, Role
from triskel.notifications.messages import queries
from triskel.notifications.messages.commands import handling
from triskel.notifications.messages.queries import DeliveryFilter
from triskel.notifications.messages.schemas import DeliveryAnswer

router = Router(prefix="/v1/deliveries", tags=["deliveries"])

Watcher = Annotated[Caller, allow(Role.COORDINATOR, Role.OPS)]
State = Annotated[str, OneLine(longest=20)]
Reason = Annotated[str, OneLine(longest=60)]


@router.get("", summary="Messages of the region, the oldest first")
async def show(
    page: Paging,
    caller: Watcher,
    session: Session,
    state: State | None = None,
    channel: Channel | None = None,
    reason: Reason | None = None,
) -> Page[DeliveryAnswer]:
    wanted = DeliveryFilter(state, channel, reason)
    rows, following = await queries.deliveries(session, caller.region, wanted, page)
    return Page(
        items=[DeliveryAnswer.model_validate(row.model_dump()) for row in rows], next=following
    )


@router.post("/{message_id}/retry", summary="Try a mail again that was given up")
async def retry(caller: Watcher, message_id: UUID, session: Session) -> DeliveryAnswer:
    # when a mail is due is a matter of the machine's time, not of the domain's
    row = await handling.retry(session, message_id, caller, datetime.now(UTC))
    return DeliveryAnswer.model_validate(row.model_dump())
