"""ETag and If-Match: nobody overwrites what they have not seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from triskel.chassis.versions import Seen
from triskel.contracts.refusals import IfMatchMissing, Malformed

# RFC 9110, 8.8.3: an entity tag, or nothing between two commas
_TAG = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)')


class IfMatchMalformed(Malformed):
    """If-Match holds entity tags or `*` (RFC 9110, 13.1.1)."""

    en = (
        'If-Match must be an ETag as you were given it, such as "3", or several with commas '
        "between, or *."
    )
    fr = (
        'If-Match est un ETag tel qu\'il vous a été donné, comme "3", ou plusieurs séparés par des '
        "virgules, ou *."
    )


def parse_if_match(header: str) -> Seen:
    """A weak tag is well-formed and is never the same as ours (8.8.3.2), so it ends in 412. Raises
    `IfMatchMalformed`."""
    if header.strip(" \t") == "*":
        return Seen(anything=True)
    tags, found, position = set(), False, 0
    while position < len(header):
        tag = _TAG.match(header, position)
        if tag is None:
            raise IfMatchMalformed
        weak, opaque = tag.groups()
        found = found or opaque is not None
        if opaque is not None and not weak:
            tags.add(opaque)
        position = tag.end()
    if not found:
        raise IfMatchMalformed
    return Seen(frozenset(tags))


async def _if_match_where_known(
    request: Request,
    if_match: Annotated[str | None, Header(description='The ETag: "3"')] = None,
) -> Seen | None:
    # several header lines are one list
    lines = request.headers.getlist("if-match")
    return parse_if_match(", ".join(lines)) if lines else None


async def _if_match(seen: Annotated[Seen | None, Depends(_if_match_where_known)]) -> Seen:
    if seen is None:
        raise IfMatchMissing
    return seen


IfMatch = Annotated[Seen, Depends(_if_match)]
"""The versions that the caller has seen; 428 without."""

IfMatchWhereKnown = Annotated[Seen | None, Depends(_if_match_where_known)]
"""The same where a PUT may make the thing: null when the caller has seen none."""


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'
