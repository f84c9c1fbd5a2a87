"""Words as a search compares them."""

from triskel.contracts.folding import folded
from triskel.contracts.refusals import Invalid


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
