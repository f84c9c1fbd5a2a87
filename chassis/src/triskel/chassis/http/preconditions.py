"""ETag and If-Match: nobody overwrites what they have not seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from triskel.chassis.http.problems import HttpRefusal

_ETAG = re.compile(r'^"(\d{1,18})"$')


def _missing() -> HttpRefusal:
    return HttpRefusal(428, "if-match-missing", "Send If-Match with the ETag that you were given.")


async def _if_match_where_known(
    if_match: Annotated[str | None, Header(description='The ETag: "3"')] = None,
) -> int | None:
    if if_match is None:
        return None
    found = _ETAG.match(if_match)
    if found is None:
        raise HttpRefusal(
            400, "if-match-malformed", 'If-Match must be an ETag as you were given it, such as "3".'
        )
    return int(found.group(1))


async def _if_match(seen: Annotated[int | None, Depends(_if_match_where_known)]) -> int:
    if seen is None:
        raise _missing()
    return seen


IfMatch = Annotated[int, Depends(_if_match)]
"""The version that the caller has seen; 428 without."""

IfMatchWhereKnown = Annotated[int | None, Depends(_if_match_where_known)]
"""The same where a PUT may make the thing: null when the caller has seen none."""


def check_version(expected: int | None, actual: int) -> None:
    """412 when the thing changed since the caller saw it, 428 when the caller has seen none. Call
    it under the row's lock."""
    if expected is None:
        raise _missing()
    if expected != actual:
        raise HttpRefusal(
            412,
            "version-stale",
            f"It changed meanwhile: you saw version {expected}, it is {actual}. Read it again.",
            {"ETag": f'"{actual}"'},
        )


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'
