"""Trying again with growing pauses: the one way in which the chassis does it."""

from collections.abc import AsyncIterable, Callable
from contextlib import AbstractContextManager

import stamina
from stamina import instrumentation

# by default stamina logs the text of each error, which may hold what a record or a row held
instrumentation.set_on_retry_hooks(())

LONGEST_PAUSE_SECONDS = 5.0


def retrying(
    again: Callable[[Exception], bool],
    first_pause_seconds: float,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> AsyncIterable[AbstractContextManager[None]]:
    """Attempts of a block of code, until one ends without an error:

        async for attempt in retrying(is_transient, 0.1):
            with attempt:
                ...

    After an error `again` says whether there is another attempt; it logs what is to be logged.
    Otherwise the error is raised. Pauses double from the first to the longest, without an end.
    """

    def is_tried_again(error: BaseException) -> bool:
        # stamina asks of a cancellation, too
        return isinstance(error, Exception) and again(error)

    return stamina.retry_context(
        on=is_tried_again,
        attempts=None,
        timeout=None,
        wait_initial=first_pause_seconds,
        wait_max=longest_pause_seconds,
        wait_jitter=0,
    )
