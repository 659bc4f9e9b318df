"""Executors that are broken on purpose, each in one way: the fuzz is worth something if it finds
every one of them."""

from collections.abc import Callable, Iterator
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult

from schema.execution import STOCK

Spot = tuple[Any, Any]


def spots(data: Any) -> Iterator[Spot]:
    """Every place in the data: what holds it, and its key there."""
    if isinstance(data, dict):
        children: list[Any] = list(data)
    elif isinstance(data, list):
        children = list(range(len(data)))
    else:
        return
    for key in children:
        yield data, key
        yield from spots(data[key])


def drop_a_key(result: ExecutionResult) -> None:
    found = [spot for spot in spots(result.data) if isinstance(spot[0], dict)]
    if len(found) > 1:
        holder, key = found[-1]
        del holder[key]


def swap_keys(result: ExecutionResult) -> None:
    for holder, key in spots({"data": result.data}):
        value = holder[key]
        if isinstance(value, dict) and len(value) > 1:
            first = next(iter(value))
            value[first] = value.pop(first)
            return


def swap_items(result: ExecutionResult) -> None:
    for holder, key in spots(result.data):
        items = holder[key]
        if isinstance(items, list) and len(items) > 1 and items[0] != items[1]:
            items[0], items[1] = items[1], items[0]
            return


def lose_an_error(result: ExecutionResult) -> None:
    if result.errors:
        result.errors = result.errors[1:] or None


def tell_an_error_twice(result: ExecutionResult) -> None:
    if result.errors:
        result.errors = [*result.errors, result.errors[0]]


def misplace_an_error(result: ExecutionResult) -> None:
    """Its path lacks the end, as where a field below is taken for the whole."""
    for each in result.errors or ():
        if each.path and len(each.path) > 1:
            each.path = each.path[:-1]
            return


def keep_the_parent(result: ExecutionResult) -> None:
    """What an error beneath it nulled is an object without anything."""
    for each in result.errors or ():
        holder: Any = result.data
        for depth, key in enumerate(each.path or ()):
            if holder is None:
                break
            if holder[key] is None and depth + 1 < len(each.path or ()):
                holder[key] = {}
                return
            holder = holder[key]


def null_a_value(result: ExecutionResult) -> None:
    found = [spot for spot in spots(result.data) if not isinstance(spot[0][spot[1]], dict | list)]
    if found:
        holder, key = found[-1]
        holder[key] = None


BROKEN: tuple[Callable[[ExecutionResult], None], ...] = (
    drop_a_key,
    swap_keys,
    swap_items,
    lose_an_error,
    tell_an_error_twice,
    misplace_an_error,
    keep_the_parent,
    null_a_value,
)


def broken(spoil: Callable[[ExecutionResult], None]) -> type[STOCK]:
    """The stock executor, whose results are spoilt."""

    class Broken(STOCK):
        def execute_operation(self, *arguments: Any) -> Any:
            result: Any = super().execute_operation(*arguments)
            if isawaitable(result):
                return self.spoilt_later(result)
            spoil(result)
            return result

        async def spoilt_later(self, result: Any) -> Any:
            found = await result
            spoil(found)
            return found

    return Broken
