"""One stack for all files of this directory, started as a person starts it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest

from triskel.chassis.client import ApiClient
from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import Stack, open_stack
from triskel.sandbox import KafkaBroker, open_kafka


@pytest.fixture(scope="package")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """The stack's, which may be killed and started again."""
    with open_kafka("running", tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, broker: KafkaBroker) -> Iterator[Stack]:
    """The four services on a broker and a database of their own, on 1 October 2025."""
    clock = datetime(2025, 10, 1, 10, tzinfo=ZONE)
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TRISKEL_KAFKA_BOOTSTRAP", broker.bootstrap)
            logs = tmp_path_factory.mktemp("stack")
            stack = opened.enter_context(open_stack(clock=clock, logs=logs))
        yield stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[ApiClient]:
    async with stack.client() as client:
        yield client
