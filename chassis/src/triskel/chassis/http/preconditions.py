"""ETag and If-Match: nobody overwrites what they have not seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from triskel.chassis.http.problems import HttpRefusal

_ETAG = re.compile(r'^"(\d{1,18})"$')


async def _if_match(
    if_match: Annotated[str | None, Header(description='The ETag: "3"')] = None,
) -> int:
    if if_match is None:
        raise HttpRefusal(
            428, "if-match-missing", "Send If-Match with the ETag that you were given."
        )
    found = _ETAG.match(if_match)
    if found is None:
        raise HttpRefusal(
            400, "if-match-malformed", 'If-Match must be an ETag as you were given it, such as "3".'
        )
    return int(found.group(1))


IfMatch = Annotated[int, Depends(_if_match)]
"""The version that the caller has seen; 428 without."""


def check_version(expected: int, actual: int) -> None:
    """412 when the thing changed since the caller saw it. Call it under the row's lock."""
    if expected != actual:
        raise HttpRefusal(
            412,
            "version-stale",
            f"It changed meanwhile: you saw version {expected}, it is {actual}. Read it again.",
            {"ETag": f'"{actual}"'},
        )


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'
