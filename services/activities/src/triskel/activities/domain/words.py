"""Words as a search compares them."""

import unicodedata

from triskel.contracts.refusals import Invalid


def folded(text: str) -> str:
    """Without accents and in lower case; what is neither letter nor digit is a blank."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())


def asked(text: str, field: str) -> list[str]:
    """The words that somebody looks for. Raises `Invalid` when there is none."""
    found = folded(text).split()
    if not found:
        raise Invalid(
            "search-without-words",
            "Search for at least one letter or digit.",
            field=field,
            value=text,
        )
    return found
