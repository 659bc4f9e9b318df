"""Awaitables among the values of columns: settled together."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeVar

from strawberry.execution import optimized_is_awaitable as is_awaitable

T = TypeVar("T")


async def together(running: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What some coroutines return, once all of them ended; one alone needs no task. Raises: what
    one of them raised, the first's."""
    if len(running) < 2:
        return [await each for each in running]
    tasks = [asyncio.ensure_future(each) for each in running]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [each.result() for each in tasks]


class Waiting:
    """Values that may be awaitables, to be settled together: each becomes its result, or its
    exception."""

    def __init__(self, *columns: list[Any]) -> None:
        self._awaited: list[tuple[list[Any], int]] = []
        for each in columns:
            self.add(each)

    def add(self, values: list[Any]) -> None:
        for position, value in enumerate(values):
            if is_awaitable(value):
                self._awaited.append((values, position))

    async def settle(self) -> None:
        outcomes = await together([_outcome(values[at]) for values, at in self._awaited])
        for (values, at), outcome in zip(self._awaited, outcomes, strict=True):
            values[at] = outcome


async def _outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return error
