"""What is sent to and answered by `/v1/contacts/confirmations`."""

from uuid import UUID

from pydantic import BaseModel

from triskel.chassis.http import example
from triskel.chassis.http.values import Secret


class Token(BaseModel):
    model_config = example(token="0Wc3v1bN0n1d2mJ8uQ4tLxXg7yq9ZkPaR5eHfTsVwYo")

    token: Secret


class ConfirmationAnswer(BaseModel):
    """Who is confirmed now, and as a contact of which organisation; `claim_id` is the claim that
    the official mailbox verified by it."""

    contact_id: UUID
    organisation_id: UUID
    claim_id: UUID | None
