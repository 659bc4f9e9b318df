"""That a test which executes GraphQL under one executor alone is red."""

import pytest
from graphql.execution import Executor

from schema.access.rules import NOBODY
from schema.execution import STOCK, BreadthFirstExecutor
from schema.root import schema
from tests.asking import Acting, Asking
from tests.executors import allowed

VIEWER = "{ viewer { kind } }"
BOTH = {BreadthFirstExecutor, STOCK}


@pytest.mark.parametrize(
    ("seen", "own", "may"),
    [
        (set(), None, True),
        (BOTH, None, True),
        ({BreadthFirstExecutor}, None, False),
        ({STOCK}, None, False),
        ({BreadthFirstExecutor, Executor}, None, False),
        (set(), STOCK, True),
        ({STOCK}, STOCK, True),
        ({BreadthFirstExecutor}, STOCK, False),
        (BOTH, BreadthFirstExecutor, False),
    ],
)
def test_a_test_runs_under_its_own_executor_or_under_both(
    seen: set[type[Executor]], own: type[Executor] | None, may: bool
) -> None:
    assert allowed(seen, own) is may


async def test_what_executes_is_noticed(
    ask: Asking, executor: type[Executor], executed: set[type[Executor]]
) -> None:
    assert executed == set()
    assert (await ask.data(NOBODY, VIEWER)) == {"viewer": {"kind": "NOBODY"}}
    assert executed == {executor}


async def test_the_schema_as_it_is_served_runs_breadth_first(
    act: Acting, executed: set[type[Executor]]
) -> None:
    await schema.execute(VIEWER, context_value=act.context(NOBODY))
    assert executed == {BreadthFirstExecutor}
    executed.clear()  # one suffices here
