"""Both executors: a test that executes GraphQL runs once under each, and is red if it does not.

What asks in this process depends on `executor`. Servers in processes of their own run under the
product's executor, as their users meet them.
"""

from collections.abc import Iterator

import pytest
from graphql.execution import Executor

from schema.execution import STOCK, BreadthFirstExecutor

EXECUTORS: dict[str, type[Executor]] = {"breadth_first": BreadthFirstExecutor, "stock": STOCK}
#: Tests about executors: they say themselves which of them run, and on schemas of their own.
OF_EXECUTORS = "tests/execution/"


@pytest.fixture(params=EXECUTORS.values(), ids=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> type[Executor]:
    """What executes GraphQL in this test."""
    found: type[Executor] = request.param
    return found


@pytest.fixture(scope="session")
def executed() -> Iterator[set[type[Executor]]]:
    """The executors that were begun with; whoever wants to know since when clears it."""
    seen: set[type[Executor]] = set()
    build = Executor.build.__func__  # type: ignore[attr-defined]  # a class method

    def noting(cls: type[Executor], *args: object, **kwargs: object) -> object:
        seen.add(cls)
        return build(cls, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Executor, "build", classmethod(noting))
        yield seen


@pytest.fixture(autouse=True)
def under_both(request: pytest.FixtureRequest, executed: set[type[Executor]]) -> Iterator[None]:
    """Fails a test that executes GraphQL otherwise than under each executor."""
    executed.clear()
    yield
    parameters = getattr(request.node, "callspec", None)
    own = parameters.params.get("executor") if parameters else None
    if not request.node.nodeid.startswith(OF_EXECUTORS) and not allowed(executed, own):
        names = sorted(each.__name__ for each in executed)
        pytest.fail(f"executed GraphQL under {names}: depend on the fixture `executor`")


def allowed(seen: set[type[Executor]], own: type[Executor] | None) -> bool:
    """Whether a test that is run for its `own` executor, or once, may have executed so."""
    return seen <= {own} if own else seen in (set(), set(EXECUTORS.values()))
