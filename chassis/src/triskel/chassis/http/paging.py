"""Pages over HTTP: what a query asks for, and what the answer holds."""

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from triskel.chassis.http.values import OneLine
from triskel.chassis.paging import PageRequest

LONGEST_PAGE = 200
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="rows a page")]
_Cursor = Annotated[str, OneLine(longest=4000)]
Cursor = Annotated[_Cursor | None, Query(description="`next` of the page before")]

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """`next` is null on the last page."""

    items: list[Item]
    next: str | None = None


async def _page(limit: Limit = 50, cursor: Cursor = None) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page)]
"""Which page a request asks for."""
