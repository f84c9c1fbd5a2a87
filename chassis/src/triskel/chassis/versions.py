"""Versions: nobody overwrites what they have not seen."""

from dataclasses import dataclass

from triskel.contracts.refusals import IfMatchMissing, VersionStale


@dataclass(frozen=True)
class Seen:
    """What a caller has seen, as If-Match says it (RFC 9110, 13.1.1): `tags` are the strong entity
    tags, of which one must be the thing's; `anything` is `*`, whatever is there."""

    tags: frozenset[str] = frozenset()
    anything: bool = False

    @classmethod
    def version(cls, number: int) -> "Seen":
        """Of a row that is locked already: nobody changes it meanwhile."""
        return cls(frozenset({str(number)}))

    def has(self, version: int) -> bool:
        """Whether this version was seen; 0 is what is not there yet."""
        return version > 0 if self.anything else str(version) in self.tags


def check_version(seen: Seen | None, actual: int) -> None:
    """Raises `VersionStale` when the thing is not what the caller has seen, `IfMatchMissing` when
    the caller has seen none. Call it under the row's lock; `actual` is 0 for what is not there
    yet, and need not have been seen."""
    if seen is None:
        if actual == 0:
            return
        raise IfMatchMissing
    if not seen.has(actual):
        raise VersionStale(actual)
