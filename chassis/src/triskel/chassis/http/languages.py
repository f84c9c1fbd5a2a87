"""The language of an answer to people: one of those that refusals and pages are written in.

No library that is kept up reads this header alone; werkzeug's reader brings a second framework.
"""

import re

from fastapi import Request

from triskel.contracts.refusals import LANGUAGES

_RANGE = re.compile(
    r"\s*(?P<tag>\*|[a-z]{1,8})(-[a-z0-9]{1,8})*\s*"
    r"(;\s*q\s*=\s*(?P<weight>0(\.\d{0,3})?|1(\.0{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)


def choose_language(accepted: str) -> str:
    """The language of ours that somebody likes best, by the weights and then the order of a
    header Accept-Language (RFC 9110, 12.5.4); a single code of a language is one, too. `*` is
    whatever stands nowhere else in it. What is no such range is passed over, whatever it is; who
    takes none of ours is answered in English."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        if found := _RANGE.fullmatch(part):
            weights.setdefault(found["tag"].lower(), float(found["weight"] or 1))
    order = list(weights)

    def liking(language: str) -> tuple[float, int]:
        tag = language if language in weights else "*"
        weight = weights.get(tag, 0)
        return weight, -order.index(tag) if weight else 0

    return max(LANGUAGES, key=liking)  # of equals the first: English


def language_of(request: Request) -> str:
    """The language that an answer should have."""
    return choose_language(",".join(request.headers.getlist("accept-language")))
