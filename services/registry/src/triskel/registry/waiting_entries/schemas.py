"""What is sent to and answered by `/v1/waiting-list`."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from triskel.chassis.http import example
from triskel.chassis.http.values import Language, Nace, SchoolYear
from triskel.contracts import registry as contract
from triskel.contracts.codes import ActivityFormat, Isced, IscedField, Side
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.waiting_entries.actions import ACTIONS
from triskel.registry.waiting_entries.queries import EntryFilter
from triskel.registry.waiting_entries.rules import EntryAttempt, Wishes
from triskel.registry.waiting_entries.tables import WAITING_ENTRY

_EXAMPLE: JsonDict = {
    "levels": ["3"],
    "subjects": ["053", "071"],
    "languages": ["fr"],
    "max_distance_km": 40,
    "formats": ["company-visit", "guest-lesson"],
    "sectors": ["26", "J"],
    "partners": 1,
}


class GivenWishes(BaseModel):
    """An empty list or null says nothing. `subjects` are narrow fields of ISCED-F 2013, `sectors`
    sections or divisions of NACE Rev. 2."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    levels: list[Isced] = Field(default=[], max_length=9)
    subjects: list[IscedField] = Field(default=[], max_length=15)
    languages: list[Language] = Field(default=[], max_length=10)
    max_distance_km: int | None = Field(default=None, ge=1, le=500)
    formats: list[ActivityFormat] = Field(default=[], max_length=7)
    sectors: list[Nace] = Field(default=[], max_length=30)
    partners: int = Field(default=1, ge=1, le=100, description="how many partnerships in all")

    def to_domain(self) -> Wishes:
        return Wishes(
            levels=tuple(sorted(set(self.levels))),
            subjects=tuple(sorted(set(self.subjects))),
            languages=tuple(sorted(set(self.languages))),
            max_distance_km=self.max_distance_km,
            formats=tuple(sorted(set(self.formats))),
            sectors=tuple(sorted(set(self.sectors))),
            partners=self.partners,
        )


class NewEntry(BaseModel):
    model_config = example(
        organisation_id="0199a1b3-0000-7000-8000-000000000001",
        school_year="2025-2026",
        wishes=_EXAMPLE,
    )

    organisation_id: UUID
    school_year: SchoolYear
    wishes: GivenWishes = GivenWishes()


class EntryAnswer(contract.WaitingEntry):
    """An entry, with what this caller may do with it now."""

    allowed_actions: tuple[str, ...] = ()

    @classmethod
    def of(cls, attempt: EntryAttempt) -> Self:
        return WAITING_ENTRY.answer(cls, attempt.subject, allowed_actions=ACTIONS.allowed(attempt))


async def _wanted(
    side: Annotated[Side | None, Query()] = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    state: WaitingState | None = None,
    organisation_id: UUID | None = None,
) -> EntryFilter:
    return EntryFilter(side, school_year, state, organisation_id)


Wanted = Annotated[EntryFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
