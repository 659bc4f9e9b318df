"""Coroutines that may end without ever waiting: whoever cannot wait gets their result."""

from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def begun(running: Coroutine[Any, Any, T]) -> T | Awaitable[T]:
    """The coroutine's result where it ends without waiting, else what goes on with it."""
    try:
        waits_for = running.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    return _going_on(running, waits_for)


@coroutine
def _going_on(running: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """What awaits the coroutine from the first thing on that it waits for."""
    while True:
        try:
            sent = yield waits_for
        except BaseException as error:  # cancelled, for example: it is the coroutine's to handle
            thrown: BaseException | None = error
        else:
            thrown = None
        try:
            waits_for = running.send(sent) if thrown is None else running.throw(thrown)
        except StopIteration as end:
            result: T = end.value
            return result
