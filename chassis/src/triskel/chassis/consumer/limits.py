"""When the dead letters of one partition are no bad luck any more."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

RECENT_RECORDS = 100


@dataclass(frozen=True)
class Limit:
    """A partition stops after so many consecutive dead letters; or after so many among its last
    hundred records, if they are at least this share of them. (The two limits of arroyo's policy.)
    """

    consecutive_dead_letters: int = 20
    share: float = 0.5


class Tally:
    """Counts one partition's records, since its reader last began."""

    def __init__(self, limit: Limit) -> None:
        self.why: str | None = None
        self._limit = limit
        self._consecutive_dead_letters = 0
        self._recent: deque[bool] = deque(maxlen=RECENT_RECORDS)

    def count(self, dead: Sequence[bool]) -> None:
        """Records in their order: true is a dead letter, false one that was handled. `why` is set
        once a limit is reached, also when good ones follow."""
        if self.why is not None:
            return
        if not any(dead):  # nearly always
            self._recent.extend(dead)
            self._consecutive_dead_letters = 0 if dead else self._consecutive_dead_letters
            return
        for each in dead:
            self._recent.append(each)
            self._consecutive_dead_letters = self._consecutive_dead_letters + 1 if each else 0
            bad = sum(self._recent) if each else 0
            if self._consecutive_dead_letters >= self._limit.consecutive_dead_letters:
                self.why = f"{self._consecutive_dead_letters} consecutive dead letters"
                return
            if bad >= max(
                self._limit.consecutive_dead_letters, self._limit.share * len(self._recent)
            ):
                self.why = f"{bad} dead letters among the last {len(self._recent)} records"
                return
