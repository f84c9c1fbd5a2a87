"""Trying again: as long as it is worth it, and never against a cancellation."""

import asyncio

import pytest
import structlog

from triskel.chassis.retries import retrying


async def test_what_fails_is_tried_until_it_ends_well() -> None:
    errors = [OSError("one"), OSError("two")]
    done = []
    async for attempt in retrying(lambda error: isinstance(error, OSError), 0.0):
        with attempt:
            if errors:
                raise errors.pop()
            done.append("once")
    assert (errors, done) == ([], ["once"])


async def test_what_is_not_worth_another_attempt_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        async for attempt in retrying(lambda error: isinstance(error, OSError), 0.0):
            with attempt:
                raise ZeroDivisionError


async def test_a_cancelled_attempt_ends_though_every_error_is_tried_again() -> None:
    attempts = 0

    def always(error: Exception) -> bool:
        return True

    async def work() -> None:
        nonlocal attempts
        async for attempt in retrying(always, 0.0):
            with attempt:
                attempts += 1
                begun.set()
                if attempts == 1:
                    await asyncio.Event().wait()

    begun = asyncio.Event()
    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert attempts == 1


async def test_no_retry_logs_what_its_error_holds() -> None:
    errors = [OSError("somebody@example.org")]
    with structlog.testing.capture_logs() as logged:
        async for attempt in retrying(lambda error: True, 0.0):
            with attempt:
                if errors:
                    raise errors.pop()
    assert logged == []
