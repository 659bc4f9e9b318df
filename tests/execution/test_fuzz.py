"""Generated queries over the demo, with faults injected, answered alike by both executors.

300 of them in every run, the same ones; `make fuzz` asks 5,000 others.
"""

import os
import sys
from asyncio import Runner
from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schema.execution import STOCK
from tests.demo import Demo
from tests.execution.fuzz_bench import Bench, told_of
from tests.execution.fuzz_cases import World, world_of

#: `make fuzz` sets it; then the queries are other ones each time, by hypothesis's seed.
NIGHTLY = int(os.environ.get("FUZZ_QUERIES", "0"))
QUERIES = NIGHTLY or 300
FUZZ = settings(
    max_examples=QUERIES,
    database=None,
    derandomize=not NIGHTLY,
    print_blob=True,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(demo: Demo, anyio_backend: str) -> Iterator[World]:
    """With a loop of its own: hypothesis ends a drawing by an exception, in the middle of which a
    loop would end too; so tests draw outside and ask inside."""
    with Runner() as runner:
        found = world_of(demo, runner)
        yield runner.run(found.__aenter__())
        runner.run(found.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def bench(world: World) -> Iterator[Bench]:
    """Tells at the end what it asked."""
    began = process_time()
    found = world.bench(**({"ours": STOCK} if os.environ.get("FUZZ_STOCK") else {}))
    yield found
    lines = [
        *found.tally.lines(world.shapes.coordinates()),
        f"{process_time() - began:.1f} s of CPU",
    ]
    sys.stdout.write("\n".join(["", *lines, ""]))


@FUZZ
@given(data=st.data())
def test_both_executors_answer_alike(data: st.DataObject, world: World, bench: Bench) -> None:
    case = data.draw(world.cases())
    found = world.run(bench.differences(case))
    assert not found, told_of(found, case)
