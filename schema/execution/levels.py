"""Running a plan: every field once for all objects of a level, and then the level below.

A level is asked in two steps. First each of its fields is resolved: links one after another, so
that one connection serves them all, coroutines at once. Then each is completed, in the order of the
selection, which asks the levels below.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from types import GeneratorType
from typing import Any, NamedTuple, cast

from graphql import GraphQLError, GraphQLObjectType, Undefined, default_type_resolver
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import Path, is_iterable
from strawberry.execution import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import convert_arguments

from schema.execution.failures import FAILED, NONE, Completed, Failure, Failures, nulled
from schema.execution.leaves import Leaf, Unsettled
from schema.execution.links import Shape
from schema.execution.plans import (
    Abstracts,
    Attribute,
    Inline,
    Level,
    Linked,
    Lists,
    Objects,
    Output,
    Resolved,
    Selected,
)

#: For each value of a column: which object of the level it belongs to, and where in its lists.
Origins = Callable[[], list[tuple[int, tuple[int, ...]]]]


@dataclass(slots=True)
class Where:
    """Where the objects of a level are in the answer, worked out only where somebody asks."""

    parent: "Where | None" = None
    selected: Selected | None = None
    origins: Origins | None = None
    _found: list[tuple[int, tuple[int, ...]]] | None = None

    def path(self, position: int) -> Path | None:
        """The path of an object of the level; where several parents share it, the first one's."""
        if self.parent is None or self.selected is None or self.origins is None:
            return None
        if self._found is None:
            self._found = self.origins()
        above, items = self._found[position]
        path = Path(self.parent.path(above), self.selected.name, self.selected.parent.name)
        for each in items:
            path = path.add_key(each, None)
        return path


class Raw(NamedTuple):
    """What a field was resolved to: an exception stands for itself.

    `picks` says which value is whose, where several objects share some; `shape` what they are of.
    """

    values: list[Any]
    picks: list[int] | None = None
    shape: Shape | None = None


class Spot(NamedTuple):
    """The field that is being completed, of which level, and what its values are of."""

    selected: Selected
    where: Where
    shape: Shape | None

    def below(self, origins: Origins) -> Where:
        return Where(self.where, self.selected, origins)


@dataclass(slots=True)
class Running:
    """One operation that is being executed, or one event of a subscription."""

    executor: StrawberryGraphQLCoreExecutionContext

    async def level(self, level: Level, sources: Sequence[Any], where: Where) -> Completed:
        """The dictionaries of a level's objects."""
        try:
            made: list[Any] = level.build(sources)
            failures: Failures = {}
        except Exception:  # something is unusual: each value by itself
            made, failures = await self._one_by_one(level, sources, where)
        if not level.columns:
            return Completed(made, failures)
        raws = await self._resolved(level, sources, where)
        for column, raw in zip(level.columns, raws, strict=True):
            spot = Spot(column.selected, where, raw.shape)
            done = await self._completed(column.selected.output, raw.values, spot, _firsts(raw))
            _assign(made, failures, column.selected.name, raw.picks, done)
        return Completed(made, failures)

    async def _one_by_one(
        self, level: Level, sources: Sequence[Any], where: Where
    ) -> tuple[list[Any], Failures]:
        """What the generated function makes, where it cannot: field by field, from objects."""
        made: list[Any] = level.blank(len(sources))
        failures: Failures = {}
        for each in level.inline:
            values = self._inline(each, level, sources, where)
            spot = Spot(each.selected, where, None)
            done = await self._completed(each.selected.output, values, spot, _each(len(values)))
            _assign(made, failures, each.selected.name, None, done)
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
                    values.append(self._call(inline.selected, made, {}, where.path(position)))
            except Exception as error:
                values.append(error)
        return values

    async def _resolved(self, level: Level, sources: Sequence[Any], where: Where) -> list[Raw]:
        """Each column's values: first what is read or called, then what is linked."""
        raws: list[Raw | None] = []
        waiting = Waiting()
        for column in level.columns:
            if isinstance(column, Attribute):
                raws.append(Raw(_read(column, sources), None, column.shape))
            elif isinstance(column, Resolved):
                values = self._called(column, sources, where)
                waiting.add(values)
                raws.append(Raw(values))
            else:
                raws.append(None)
        await waiting.settle()
        for place, column in enumerate(level.columns):
            if isinstance(column, Linked):
                raws[place] = await self._found(column, sources, where)
        return cast("list[Raw]", raws)

    def _called(self, column: Resolved, sources: Sequence[Any], where: Where) -> list[Any]:
        try:
            arguments = column.arguments.values(
                self.executor.variable_values, self.executor.hide_suggestions
            )
        except Exception as error:
            return [error] * len(sources)
        values: list[Any] = []
        for position, source in enumerate(sources):
            try:
                path = where.path(position)
                values.append(self._call(column.selected, source, arguments, path))
            except Exception as error:
                values.append(error)
        return values

    def _call(
        self, selected: Selected, source: Any, arguments: dict[str, Any], above: Path | None
    ) -> Any:
        resolve = selected.definition.resolve or self.executor.field_resolver
        return resolve(source, self._info(selected, above), **arguments)

    def _info(self, selected: Selected, above: Path | None) -> Any:
        path = Path(above, selected.name, selected.parent.name)
        return self.executor.build_resolve_info(
            selected.definition, selected.nodes, selected.parent, path
        )

    async def _found(self, column: Linked, sources: Sequence[Any], where: Where) -> Raw:
        """What a link leads to: asked once, with each key once."""
        try:
            return await self._asked(column, sources, where)
        except Exception as error:
            return Raw([error], [0] * len(sources))

    async def _asked(self, column: Linked, sources: Sequence[Any], where: Where) -> Raw:
        raw_info = self._info(column.selected, where.path(0) if sources else None)
        config = self.executor.schema._strawberry_schema.config  # type: ignore[attr-defined]  # set by Strawberry
        info = config.info_class(_raw_info=raw_info, _field=column.field)
        guarded = list(map(column.guard, sources)) if column.guard else [None] * len(sources)
        refusals = column.declared.refusals(guarded, info)
        keys = list(map(column.key, sources))
        wanted = keys if refusals is None else _permitted(keys, refusals)
        distinct = list(dict.fromkeys(wanted))
        values: list[Any] = []
        if distinct:
            found = await column.declared.find(distinct, info, **self._arguments(column, info))
            values = [found[key] for key in distinct]
        if column.shape is None:
            values = [_made(each, column.declared.shape) for each in values]
        places = {key: place for place, key in enumerate(distinct)}
        if refusals is None:
            return Raw(values, [places[key] for key in keys], column.shape)
        picks = []
        for key, refusal in zip(keys, refusals, strict=True):
            if refusal is None:
                picks.append(places[key])
            else:
                picks.append(len(values))
                values.append(refusal)
        return Raw(values, picks, column.shape)

    def _arguments(self, column: Linked, info: Any) -> dict[str, Any]:
        given = column.arguments.values(
            self.executor.variable_values, self.executor.hide_suggestions
        )
        if not column.field.arguments:
            return {}
        converter = info.schema.schema_converter
        return convert_arguments(
            given,
            column.field.arguments,
            scalar_registry=converter.scalar_registry,
            config=converter.config,
            info=info,
        )

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
            return Completed(list(map(leaf.convert, values)), NONE)
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
                _fail(made, failures, position, error, spot)
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
                _fail(made, failures, position, value, spot)
            elif value is not None and value is not Undefined:
                present.append(position)
                made.append(None)
            elif output.required:
                _fail(made, failures, position, spot.selected.missing(), spot)
            else:
                made.append(None)
        if present:
            done = await self._present(
                output, [values[each] for each in present], spot, _some(origins, present)
            )
            _scatter(made, failures, present, done)
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
        where = spot.below(origins)
        answers = [self._is_type_of(kind, each, spot) for each in values]
        await Waiting(answers).settle()
        if all(each is True for each in answers):
            return await self.level(level, values, where)
        made: list[Any] = []
        failures: Failures = {}
        present: list[int] = []
        for position, answer in enumerate(answers):
            if isinstance(answer, Exception):
                _fail(made, failures, position, answer, spot)
            elif not answer:
                details = spot.selected.details
                error = invalid_return_type_error(kind, values[position], details)
                _fail(made, failures, position, error, spot)
            else:
                present.append(position)
                made.append(None)
        if present:
            some = spot.below(_some(origins, present))
            done = await self.level(level, [values[each] for each in present], some)
            _scatter(made, failures, present, done)
        return Completed(made, failures)

    def _is_type_of(self, kind: GraphQLObjectType, value: Any, spot: Spot) -> Any:
        assert kind.is_type_of is not None, "asked before"
        try:
            return kind.is_type_of(value, self._info(spot.selected, None))
        except Exception as error:
            return error

    async def _abstracts(
        self, output: Abstracts, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """Each object as its own type; those of one type together."""
        names = [self._type_name(output, each, spot) for each in values]
        await Waiting(names).settle()
        made: list[Any] = []
        failures: Failures = {}
        groups: dict[str, list[int]] = {}
        kinds: dict[str, GraphQLObjectType] = {}
        for position, name in enumerate(names):
            try:
                kind = self._kind(output, name, values[position], spot)
            except Exception as error:
                _fail(made, failures, position, error, spot)
                continue
            made.append(None)
            kinds[kind.name] = kind
            groups.setdefault(kind.name, []).append(position)
        for name, positions in groups.items():
            objects = Objects(True, kinds[name], output.place)
            part = [values[each] for each in positions]
            done = await self._objects(objects, part, spot, _some(origins, positions))
            _scatter(made, failures, positions, done)
        return Completed(made, failures)

    def _type_name(self, output: Abstracts, value: Any, spot: Spot) -> Any:
        resolve = output.kind.resolve_type or default_type_resolver
        try:
            return resolve(value, self._info(spot.selected, None), output.kind)
        except Exception as error:
            return error

    def _kind(self, output: Abstracts, name: Any, value: Any, spot: Spot) -> GraphQLObjectType:
        if isinstance(name, Exception):
            raise name
        info = self._info(spot.selected, None)
        return self.executor.ensure_valid_runtime_type(
            name, output.kind, spot.selected.details, info, value
        )

    async def _lists(
        self, output: Lists, values: list[Any], spot: Spot, origins: Origins
    ) -> Completed:
        """The items of all lists as one column, and then the lists again."""
        lists: list[list[Any]] = []
        broken: dict[int, Exception] = {}
        for position, value in enumerate(values):
            try:
                lists.append(value if type(value) is list else await _items(value, spot))
            except Exception as error:
                broken[position] = error
                lists.append([])
        items = [item for each in lists for item in each]
        done = await self._completed(output.item, items, spot, _within(origins, lists))
        rest = iter(done.values)
        made: list[Any] = [list(islice(rest, len(each))) for each in lists]
        if not done.failures and not broken:
            return Completed(made, NONE)
        return _with_failures(made, lists, done.failures, broken, spot)


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


async def _items(value: Any, spot: Spot) -> list[Any]:
    """The items of what stands for a list. Raises: what reading it raises, or GraphQLError."""
    if hasattr(value, "__aiter__"):
        return [each async for each in value]
    if not is_iterable(value):
        name = f"{spot.selected.parent}.{spot.selected.node.name.value}"
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
    return list(value)


def _read(column: Attribute, sources: Sequence[Any]) -> list[Any]:
    try:
        return list(map(column.read, sources))
    except Exception:
        return [_read_one(column, each) for each in sources]


def _read_one(column: Attribute, source: Any) -> Any:
    try:
        return column.read(source)
    except Exception as error:
        return error


def _made(found: Any, shape: Shape) -> Any:
    try:
        return shape.made(found)
    except Exception as error:
        return error


def _permitted(keys: list[Any], refusals: Sequence[Exception | None]) -> Iterable[Any]:
    return [key for key, refusal in zip(keys, refusals, strict=True) if refusal is None]


def _are_usual(values: list[Any]) -> bool:
    """Whether none is null, an exception or awaitable."""
    return not any(
        each is type(None)
        or issubclass(each, Exception)
        or each is type(Undefined)
        or hasattr(each, "__await__")
        or each is GeneratorType  # which may be a coroutine of the old kind
        for each in set(map(type, values))
    )


def _fail(made: list[Any], failures: Failures, position: int, error: Exception, spot: Spot) -> None:
    made.append(FAILED)
    failures[position] = [Failure(error, spot.selected.nodes)]


def _scatter(made: list[Any], failures: Failures, places: list[int], done: Completed) -> None:
    """Put a column of some of the positions back to where they were."""
    for place, value in zip(places, done.values, strict=True):
        made[place] = value
    for position, noted in done.failures.items():
        failures[places[position]] = noted


def _with_failures(
    made: list[Any],
    lists: list[list[Any]],
    inside: Failures,
    broken: dict[int, Exception],
    spot: Spot,
) -> Completed:
    """The lists with what failed in them; one with a FAILED item fails, by its first."""
    failures: Failures = {}
    start = 0
    for position, items in enumerate(lists):
        if position in broken:
            made[position] = FAILED
            failures[position] = [Failure(broken[position], spot.selected.nodes)]
        noted = [
            (made[position][each], failure.under(each))
            for each in range(len(items))
            for failure in inside.get(start + each, ())
        ]
        start += len(items)
        fatal = [failure for item, failure in noted if item is FAILED]
        if fatal:
            made[position] = FAILED
            failures[position] = fatal[:1]
        elif noted:
            failures[position] = [failure for _, failure in noted]
    return Completed(made, failures)


def _assign(
    made: list[Any], failures: Failures, name: str, picks: list[int] | None, done: Completed
) -> None:
    """Put a column into the dictionaries of its objects; a FAILED value fails its object."""
    values = done.values
    if picks is not None:
        values = [values[each] for each in picks]
    if not failures and not done.failures:
        for each, value in zip(made, values, strict=True):
            each[name] = value
        return
    for position, value in enumerate(values):
        if made[position] is FAILED:
            continue
        noted: Sequence[Failure] = done.failures.get(
            position if picks is None else picks[position], ()
        )
        if value is FAILED:
            made[position] = FAILED
            failures[position] = [noted[0].under(name)]
            continue
        made[position][name] = value
        if noted:
            failures.setdefault(position, []).extend(each.under(name) for each in noted)


def _each(count: int) -> Origins:
    return lambda: [(position, ()) for position in range(count)]


def _firsts(raw: Raw) -> Origins:
    """Whose a column's values are; of those that several share, whose first."""
    if raw.picks is None:
        return _each(len(raw.values))
    picks, count = raw.picks, len(raw.values)

    def found() -> list[tuple[int, tuple[int, ...]]]:
        first = {pick: position for position, pick in reversed(list(enumerate(picks)))}
        return [(first.get(each, 0), ()) for each in range(count)]

    return found


def _some(origins: Origins, positions: list[int]) -> Origins:
    def found() -> list[tuple[int, tuple[int, ...]]]:
        whole = origins()
        return [whole[each] for each in positions]

    return found


def _within(origins: Origins, lists: list[list[Any]]) -> Origins:
    return lambda: [
        (position, (*items, place))
        for (position, items), each in zip(origins(), lists, strict=True)
        for place in range(len(each))
    ]
