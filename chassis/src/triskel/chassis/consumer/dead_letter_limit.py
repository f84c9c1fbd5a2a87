"""The limit of dead letters in one partition, above which its reading stops."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

RECENT_RECORDS = 100


@dataclass(frozen=True)
class DeadLetterLimit:
    """A partition stops after so many consecutive dead letters. It also stops after so many among
    its last hundred records, when they are at least `share` of these. (Source: the two limits of
    arroyo's dead-letter policy.)"""

    consecutive_dead_letters: int = 20
    share: float = 0.5


class DeadLetterCounter:
    """Counts the dead letters of one partition since this consumer was assigned to it.

    `exceeded` is null, or the sentence that says which limit was reached; it stays when good
    records follow.
    """

    def __init__(self, limit: DeadLetterLimit) -> None:
        self.exceeded: str | None = None
        self._limit = limit
        self._consecutive = 0
        self._recent: deque[bool] = deque(maxlen=RECENT_RECORDS)

    def count(self, are_dead: Sequence[bool]) -> None:
        """Count records in the order of their offsets: true for a dead letter, false for a record
        that was handled."""
        if self.exceeded is not None:
            return
        if not any(are_dead):  # nearly always
            self._recent.extend(are_dead)
            self._consecutive = 0 if are_dead else self._consecutive
            return
        limit = self._limit
        for is_dead in are_dead:
            self._recent.append(is_dead)
            self._consecutive = self._consecutive + 1 if is_dead else 0
            recent = sum(self._recent) if is_dead else 0
            if self._consecutive >= limit.consecutive_dead_letters:
                self.exceeded = f"{self._consecutive} consecutive dead letters"
                return
            if recent >= max(limit.consecutive_dead_letters, limit.share * len(self._recent)):
                self.exceeded = f"{recent} dead letters among the last {len(self._recent)} records"
                return
