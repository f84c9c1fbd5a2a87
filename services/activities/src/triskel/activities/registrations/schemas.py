"""What registrations take and give: counts and secrets, no person."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from triskel.activities.activities.schemas import ActivityAnswer, Body
from triskel.activities.registrations.commands import Registered
from triskel.chassis.http import example
from triskel.chassis.http.values import Moment, Secret
from triskel.contracts.codes import BookingState

Quota = Annotated[int, Field(ge=1, le=10_000, description="people")]
MOST_ADULTS = MOST_CHILDREN = 50
"""Of one family, whatever its region says."""


class OpeningBody(Body):
    model_config = example(quota=150, until="2026-01-19T18:00:00+01:00")

    quota: Quota
    until: Moment


class ChangeBody(Body):
    model_config = example(quota=150, until="2025-12-02T18:00:00+01:00")

    quota: Quota | None = None
    until: Moment | None = None


class OpenedAnswer(BaseModel):
    """`token` is shown this once and kept nowhere: who has it may register. Open again for another
    one, and this one is void."""

    activity: ActivityAnswer
    token: str
    link: str = Field(description="the page for families")


class PartyBody(Body):
    """Counts only. `own_token` is a secret of your own, to look at the registration and cancel it;
    sent again, the same changes nothing. One is made if you bring none."""

    model_config = example(token="the-token-of-the-link-00", adults=2, children=1)

    token: Secret
    adults: int = Field(
        ge=1, le=MOST_ADULTS, description="`registrations.adults` of the region at most"
    )
    children: int = Field(
        default=0,
        ge=0,
        le=MOST_CHILDREN,
        description="`registrations.children` of the region at most",
    )
    own_token: Secret | None = None


class OwnBody(Body):
    model_config = example(token="0Wc3v1bN0n1d2mJ8uQ4tLxXg7yPz5sKrE6hTfYaBcDe")

    token: Secret = Field(description="the registration's own secret")


class RegistrationAnswer(BaseModel):
    state: BookingState
    adults: int
    children: int
    position: int | None = Field(description="the turn of who waits")

    @classmethod
    def of(cls, found: Registered, **more: str) -> Self:
        row = found.row
        return cls(
            state=BookingState(row.state),
            adults=row.adults,
            children=row.children,
            position=found.position,
            **more,
        )


class NewRegistrationAnswer(RegistrationAnswer):
    own_token: str = Field(description="keep it: it shows the registration and cancels it")
