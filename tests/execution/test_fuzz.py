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

from tests.demo import Demo
from tests.execution.fuzz_bench import Bench, Case, told_of
from tests.execution.fuzz_broken import BROKEN, broken
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
    found = world.bench()
    yield found
    say(*found.tally.lines(world.shapes.coordinates()))
    say(f"{process_time() - began:.0f} s of CPU")


def say(*lines: str) -> None:
    """Seen with `-s`, and beside a test that fails."""
    sys.stdout.write("\n" + "\n".join(lines))
    sys.stdout.flush()


@FUZZ
@given(data=st.data())
def test_both_executors_answer_alike(data: st.DataObject, world: World, bench: Bench) -> None:
    case = data.draw(world.cases())
    found = world.run(bench.differences(case))
    if NIGHTLY and bench.tally.queries % 100 == 0:
        say(f"{bench.tally.queries} queries; fell back: {dict(bench.tally.fallbacks) or 'none'}")
    assert not found, told_of(found, case)


@settings(FUZZ, max_examples=QUERIES // 10)
@given(data=st.data())
def test_both_executors_change_alike(data: st.DataObject, world: World) -> None:
    case = data.draw(world.changes())
    found = world.run(world.bench().differences(case))
    assert not found, told_of(found, case)


@pytest.fixture(scope="module")
def some(world: World) -> list[Case]:
    """Cases, those that something goes wrong in first."""
    found: list[Case] = []

    @settings(FUZZ, max_examples=60, derandomize=True, phases=(Phase.generate,))
    @given(world.cases())
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return sorted(found, key=lambda case: (not case.faults, len(case.query.text)))


def test_every_executor_that_is_broken_is_found(world: World, some: list[Case]) -> None:
    for spoil in BROKEN:
        bench = world.bench(ours=broken(spoil))
        assert any(world.run(bench.differences(case)) for case in some), spoil.__name__
