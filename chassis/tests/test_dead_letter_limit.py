"""When dead letters of one partition are no bad luck any more."""

import pytest

from triskel.chassis.consumer.dead_letter_limit import DeadLetterCounter, DeadLetterLimit

GOOD, BAD = False, True
LIMIT = DeadLetterLimit(consecutive_dead_letters=3, share=0.5)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([BAD, BAD], None),
        ([BAD, BAD, BAD], "3 consecutive dead letters"),
        # what came after it does not take it back
        ([BAD, BAD, BAD, GOOD], "3 consecutive dead letters"),
        ([BAD, GOOD, BAD, GOOD, BAD], "3 dead letters among the last 5 records"),
        ([GOOD, GOOD, GOOD, BAD] * 30, None),
        ([GOOD] * 1000 + [BAD, BAD, GOOD] * 24, None),
        ([GOOD] * 1000 + [BAD, BAD, GOOD] * 25 + [BAD], "50 dead letters among the last 100"),
    ],
)
def test_a_partition_stops_by_consecutive_dead_letters_and_by_their_share(
    records: list[bool], why: str | None
) -> None:
    at_once, one_by_one = DeadLetterCounter(LIMIT), DeadLetterCounter(LIMIT)
    at_once.count(records)
    for record in records:
        one_by_one.count([record])
    for counter in (at_once, one_by_one):
        assert (counter.exceeded is None) if why is None else (why in (counter.exceeded or ""))
