"""Awaitables among the values of columns: settled together."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeVar

from strawberry.execution import optimized_is_awaitable as is_awaitable

T = TypeVar("T")


async def together(running: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What coroutines that fail with nothing but being called off return; one needs no task."""
    if len(running) == 1:
        return [await running[0]]
    return await asyncio.gather(*running)


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
        if len(self._awaited) == 1:
            values, position = self._awaited[0]
            values[position] = await _outcome(values[position])
        elif self._awaited:
            tasks = [_outcome(values[position]) for values, position in self._awaited]
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for (values, position), result in zip(self._awaited, results, strict=True):
                if isinstance(result, BaseException) and not isinstance(result, Exception):
                    raise result  # cancelled, not failed; none of the others is left running
                values[position] = result


async def _outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return error
