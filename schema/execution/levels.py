"""Running a plan: every field once for all objects of a level, and then the level below.

A level is asked in two steps. First each of its fields is resolved: coroutines at once, and then
links at once, so that what they read can go together. Then each is completed, in the order of the
selection, which asks the levels below.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from types import GeneratorType
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, Undefined
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import is_iterable

from schema.execution.excess import (
    MOST_ERRORS,
    MOST_OBJECTS,
    UNMEASURED,
    Excess,
    most_often,
    objects_in,
)
from schema.execution.failures import (
    NONE,
    Completed,
    Failures,
    assign,
    fail,
    lists_with_failures,
    nulled,
    scatter,
    spread,
)
from schema.execution.leaves import Leaf, Unsettled
from schema.execution.links import Shape, Unmade
from schema.execution.plans import (
    Abstracts,
    Inline,
    Level,
    Lists,
    Objects,
    Output,
    by_columns,
)
from schema.execution.resolving import Raw, Resolving
from schema.execution.waiting import Waiting
from schema.execution.where import Origins, Spot, Where, each_of, firsts_of, some_of, within

#: A column that is done: its name, whose each of its values is, and the values.
Done = tuple[str, list[int] | None, Completed]
NULLS = repeat(None)


@dataclass(slots=True)
class Running:
    """One operation that is being executed, or one event of a subscription."""

    resolving: Resolving
    #: How many objects the answer holds at most, and how many errors were noted so far.
    objects: int = 0
    errors: int = 0

    async def level(self, level: Level, sources: Sequence[Any], where: Where) -> Completed:
        """The dictionaries of a level's objects."""
        if not sources:
            return Completed([], NONE)
        self.objects += where.most * len(sources)
        columns = await self._columns(level, sources, where) if level.columns else ()
        usual = not any(done.failures for _, _, done in columns)
        given = [spread(done.values, picks) if usual else NULLS for _, picks, done in columns]
        failures: Failures = {}
        try:
            made: list[Any] = level.build(sources, *given)
        except Exception:  # something is unusual: each value by itself
            usual = False
            made, failures = await self._one_by_one(level, sources, where)
        if not usual:
            for name, picks, done in columns:
                assign(made, failures, name, picks, done)
        return Completed(made, failures)

    async def _columns(self, level: Level, sources: Sequence[Any], where: Where) -> list[Done]:
        """What is not read inline, resolved and completed."""
        columns = []
        raws = await self.resolving.columns(level, sources, where)
        for column, raw in zip(level.columns, raws, strict=True):
            spot = Spot(column.selected, where, raw.shape, most_often(raw.picks))
            done = await self._completed(
                column.selected.output, raw.values, spot, firsts_of(len(raw.values), raw.picks)
            )
            self.count_errors(raw, done)
            columns.append((column.selected.name, raw.picks, done))
        return columns

    def count_errors(self, raw: Raw, done: Completed) -> None:
        """Raise Excess where a column's errors, each for every object that shares it, are too many
        with those so far."""
        if done.failures:
            picks = range(len(raw.values)) if raw.picks is None else raw.picks
            self.errors += sum(len(done.failures.get(each, ())) for each in picks)
            if self.errors > MOST_ERRORS:
                raise Excess("errors", MOST_ERRORS)

    def check(self, answer: Any) -> None:
        """Raise Excess for an answer that is too large to be written."""
        if self.objects > UNMEASURED and objects_in(answer) > MOST_OBJECTS:
            raise Excess("objects", MOST_OBJECTS)

    async def _one_by_one(
        self, level: Level, sources: Sequence[Any], where: Where
    ) -> tuple[list[Any], Failures]:
        """What the generated function makes, where it cannot: field by field, from objects."""
        made: list[Any] = level.blank(len(sources))
        failures: Failures = {}
        for each in level.inline:
            values = self._inline(each, level, sources, where)
            spot = Spot(each.selected, where, None)
            done = await self._completed(each.selected.output, values, spot, each_of(len(values)))
            assign(made, failures, each.selected.name, None, done)
        return made, failures

    def _inline(
        self, inline: Inline, level: Level, sources: Sequence[Any], where: Where
    ) -> list[Any]:
        values: list[Any] = []
        for position, source in enumerate(sources):
            try:
                made = level.shape.build(source) if level.shape else source
                if inline.read is not None:
                    values.append(inline.read(made))
                else:
                    values.append(
                        self.resolving.call(inline.selected, made, {}, where.path(position))
                    )
            except Exception as error:
                values.append(error)
        return values

    async def _completed(
        self, output: Output, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """A column as the answer holds it, with null where that is allowed and needed."""
        if isinstance(output, Leaf):
            done = await self._leaves(output, values, spot)
        elif _are_usual(values):
            done = await self._present(output, values, spot, origins)
        else:
            done = await self._sifted(output, values, spot, origins)
        return done if output.required else nulled(done)

    async def _leaves(self, leaf: Leaf, values: list[Any], spot: Spot) -> Completed:
        try:
            return Completed([leaf.convert(each) for each in values], NONE)
        except Unsettled:
            await Waiting(values).settle()
        except Exception:  # each by itself tells which
            pass
        made: list[Any] = []
        failures: Failures = {}
        for position, value in enumerate(values):
            try:
                made.append(leaf.convert(value))
            except Exception as error:
                fail(made, failures, position, error, spot.selected.nodes)
        return Completed(made, failures)

    async def _sifted(
        self, output: Output, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """A column with nulls, exceptions or awaitables among its values."""
        await Waiting(values).settle()
        made: list[Any] = []
        failures: Failures = {}
        present: list[int] = []
        for position, value in enumerate(values):
            if isinstance(value, Exception):
                fail(made, failures, position, value, spot.selected.nodes)
            elif value is not None and value is not Undefined:
                present.append(position)
                made.append(None)
            elif output.required:
                fail(made, failures, position, spot.selected.missing(), spot.selected.nodes)
            else:
                made.append(None)
        if present:
            done = await self._present(
                output, [values[each] for each in present], spot, some_of(origins, present)
            )
            scatter(made, failures, present, done)
        return Completed(made, failures)

    async def _present(
        self, output: Output, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """A column of values that are there."""
        if isinstance(output, Objects):
            return await self._objects(output, values, spot, origins)
        if isinstance(output, Lists):
            return await self._lists(output, values, spot, origins)
        assert isinstance(output, Abstracts), "a leaf has no column of its own here"
        return await self._abstracts(output, values, spot, origins)

    async def _objects(
        self, output: Objects, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        kind = output.kind
        shape = _shape_of(values) if spot.shape is None else None
        if shape is not None and by_columns(output, shape):
            values, spot = [each.stands for each in values], spot._replace(shape=shape)
        level = output.place.level(kind, spot.shape)
        if kind.is_type_of is None or level.shape is not None:
            return await self.level(level, values, spot.below(origins))
        return await self._of_type(kind, level, values, spot, origins)

    async def _of_type(
        self,
        kind: GraphQLObjectType,
        level: Level,
        values: list[Any],
        spot: Spot,
        origins: Origins,
    ) -> Completed:
        """The level's dictionaries of those objects that are of the type; the others failed."""
        asked = zip(values, self._infos(spot, origins), strict=True)
        answers = [_outcome_of(kind.is_type_of, value, info) for value, info in asked]
        await Waiting(answers).settle()
        if all(each is True for each in answers):
            return await self.level(level, values, spot.below(origins))
        made: list[Any] = []
        failures: Failures = {}
        present: list[int] = []
        for position, answer in enumerate(answers):
            if isinstance(answer, Exception):
                fail(made, failures, position, answer, spot.selected.nodes)
            elif not answer:
                details = spot.selected.details
                error = invalid_return_type_error(kind, values[position], details)
                fail(made, failures, position, error, spot.selected.nodes)
            else:
                present.append(position)
                made.append(None)
        if present:
            some = spot.below(some_of(origins, present))
            done = await self.level(level, [values[each] for each in present], some)
            scatter(made, failures, present, done)
        return Completed(made, failures)

    async def _abstracts(
        self, output: Abstracts, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """Each object as its own type; those of one type together."""
        resolve = output.kind.resolve_type or self.resolving.executor.type_resolver
        infos = self._infos(spot, origins)
        names = [
            _outcome_of(resolve, value, info, output.kind)
            for value, info in zip(values, infos, strict=True)
        ]
        await Waiting(names).settle()
        made: list[Any] = []
        failures: Failures = {}
        groups: dict[str, list[int]] = {}
        kinds: dict[str, GraphQLObjectType] = {}
        for position, name in enumerate(names):
            try:
                if isinstance(name, Exception):
                    raise name
                kind = self.resolving.executor.ensure_valid_runtime_type(
                    name, output.kind, spot.selected.details, infos[position], values[position]
                )
            except Exception as error:
                fail(made, failures, position, error, spot.selected.nodes)
                continue
            made.append(None)
            kinds[kind.name] = kind
            groups.setdefault(kind.name, []).append(position)
        for name, positions in groups.items():
            objects = Objects(True, kinds[name], output.place)
            part = [values[each] for each in positions]
            done = await self._objects(objects, part, spot, some_of(origins, positions))
            scatter(made, failures, positions, done)
        return Completed(made, failures)

    def _infos(self, spot: Spot, origins: Origins) -> list[Any]:
        """What the field's resolver was told, for each value: one for all those of an object."""
        found: dict[int, Any] = {}
        infos = []
        for position, _ in origins():
            if position not in found:
                found[position] = self.resolving.info(spot.selected, spot.where.path(position))
            infos.append(found[position])
        return infos

    async def _lists(
        self, output: Lists, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """The items of all lists as one column, and then the lists again."""
        broken: dict[int, Exception] = {}
        lists = values
        if not all(type(each) is list for each in values):
            read = [each if type(each) is list else self._items(each, spot) for each in values]
            await Waiting(read).settle()
            broken = {at: each for at, each in enumerate(read) if isinstance(each, Exception)}
            lists = [[] if at in broken else each for at, each in enumerate(read)]
        items = list(chain.from_iterable(lists))
        done = await self._completed(output.item, items, spot, within(origins, lists))
        made: list[Any] = []
        end = 0
        for each in lists:
            start, end = end, end + len(each)
            made.append(done.values[start:end])
        if not done.failures and not broken:
            return Completed(made, NONE)
        return lists_with_failures(made, lists, done.failures, broken, spot.selected.nodes)

    def _items(self, value: Any, spot: Spot) -> Any:
        """The items of what stands for a list, maybe to be awaited, or what is wrong with it."""
        try:
            if self.resolving.executor.is_async_iterable(value):
                return _exhausted(value.__aiter__())
            if is_iterable(value):
                return list(value)
        except Exception as error:
            return error
        name = f"{spot.selected.parent}.{spot.selected.node.name.value}"
        return GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")


async def _exhausted(iterator: AsyncIterator[Any]) -> list[Any]:
    """The items of an asynchronous iterator, which is closed where it fails."""
    items = []
    try:
        while True:
            items.append(await anext(iterator))
    except StopAsyncIteration:
        return items
    except Exception:
        if (close := getattr(iterator, "aclose", None)) is not None:
            with suppress(Exception):
                await close()
        raise


def _shape_of(values: list[Any]) -> Shape | None:
    """How all the values are read, where they are Unmade and of one shape."""
    if not values or type(values[0]) is not Unmade:
        return None
    shape: Shape = values[0].shape
    alike = all(type(each) is Unmade and each.shape is shape for each in values)
    return shape if alike else None


def _are_usual(values: list[Any]) -> bool:
    """Whether none is null, an exception or awaitable."""
    return all(map(_is_usual, set(map(type, values))))


@lru_cache(1000)
def _is_usual(kind: type[Any]) -> bool:
    return not (
        kind is type(None)
        or issubclass(kind, Exception)
        or kind is type(Undefined)
        or hasattr(kind, "__await__")
        or kind is GeneratorType  # which may be a coroutine of the old kind
    )


def _outcome_of(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return error
