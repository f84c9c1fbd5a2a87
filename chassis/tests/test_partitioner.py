"""The relay's partition of a key is that of every Kafka client."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import example, given
from hypothesis import strategies as st

from triskel.chassis.relay.partitioner import partition_of


@given(key=st.binary(max_size=70), count=st.integers(1, 64))
@example(key=b"", count=4)
@example(key=b"\xff" * 39, count=3)
@example(key=b"0198c2f0-7b1d-7c3e-9f00-000000000000", count=12)
def test_a_key_goes_where_the_clients_own_partitioner_sends_it(key: bytes, count: int) -> None:
    every = list(range(count))
    assert partition_of(key, count) == DefaultPartitioner()(key, every, every)
