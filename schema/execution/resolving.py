"""Resolving the fields of a level: what is read, what is called, and what is found by links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, cast

from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import convert_arguments

from schema.execution.links import Shape
from schema.execution.plans import (
    Arguments,
    Attribute,
    Level,
    Linked,
    Read,
    Resolved,
    Selected,
    are_fixed,
)
from schema.execution.waiting import Waiting, together
from schema.execution.where import Where


class Raw(NamedTuple):
    """What a field was resolved to: an exception stands for itself.

    `picks` says which value is whose, where several objects share some; `shape` what they are of.
    """

    values: list[Any]
    picks: list[int] | None = None
    shape: Shape | None = None


@dataclass(slots=True)
class Resolving:
    """Resolves the fields of one operation."""

    executor: StrawberryGraphQLCoreExecutionContext

    async def columns(self, level: Level, sources: Sequence[Any], where: Where) -> list[Raw]:
        """Each column's values: first what is read or called, then what is linked."""
        raws: list[Raw | None] = []
        waiting = Waiting()
        for column in level.columns:
            if isinstance(column, Attribute):
                raws.append(Raw(_read(column.read, sources), None, column.shape))
            elif isinstance(column, Resolved):
                values = self._called(column, sources, where)
                waiting.add(values)
                raws.append(Raw(values))
            else:
                raws.append(None)
        await waiting.settle()
        linked = {
            place: self._found(column, sources, where)
            for place, column in enumerate(level.columns)
            if isinstance(column, Linked)
        }
        if linked:
            for place, raw in zip(linked, await together([*linked.values()]), strict=True):
                raws[place] = raw
        return cast("list[Raw]", raws)

    def _called(self, column: Resolved, sources: Sequence[Any], where: Where) -> list[Any]:
        values: list[Any] = []
        arguments: dict[str, Any] | None = None
        for position, source in enumerate(sources):
            try:
                if arguments is None or not are_fixed(arguments):
                    arguments = self._given(column.arguments)
                path = where.path(position)
                values.append(self.call(column.selected, source, arguments, path))
            except Exception as error:
                values.append(error)
        return values

    def _given(self, arguments: Arguments) -> dict[str, Any]:
        return arguments.values(self.executor.variable_values, self.executor.hide_suggestions)

    def call(
        self, selected: Selected, source: Any, arguments: dict[str, Any], above: Path | None
    ) -> Any:
        resolve = selected.definition.resolve or self.executor.field_resolver
        return resolve(source, self.info(selected, above), **arguments)

    def info(self, selected: Selected, above: Path | None) -> Any:
        path = Path(above, selected.name, selected.parent.name)
        return self.executor.build_resolve_info(
            selected.definition, selected.nodes, selected.parent, path
        )

    async def _found(self, column: Linked, sources: Sequence[Any], where: Where) -> Raw:
        """What a link leads to: asked once, with each key once."""
        try:
            arguments = self._arguments(column, where)
            keys = self._keys(column, sources)
            failing = _fails(keys)
            usual = [each for each in keys if not isinstance(each, Exception)] if failing else keys
            distinct = dict.fromkeys(usual)
        except Exception as error:
            return Raw([error], [0] * len(sources))
        values, shape = await self._values(column, distinct, arguments)
        if len(distinct) == len(keys):
            return Raw(values, None, shape)
        places = {key: place for place, key in enumerate(distinct)}
        if not failing:
            return Raw(values, [places[key] for key in keys], shape)
        troubles = [each for each in keys if isinstance(each, Exception)]
        behind = count(len(values))
        picks = [next(behind) if isinstance(key, Exception) else places[key] for key in keys]
        return Raw([*values, *troubles], picks, shape)

    def _keys(self, column: Linked, sources: Sequence[Any]) -> list[Any]:
        """Each parent's key, or why it may not be asked or has none. Raises: what refuses all."""
        guarded = _read(column.guard, sources) if column.guard else [None] * len(sources)
        refusals = column.declared.refusals(guarded, self.executor.context_value)
        keys = _read(column.key, sources)
        if refusals is not None:
            keys = [
                key if refusal is None else refusal
                for key, refusal in zip(keys, refusals, strict=True)
            ]
        if not _fails(guarded):
            return keys
        return [
            guard if isinstance(guard, Exception) else key
            for key, guard in zip(keys, guarded, strict=True)
        ]

    async def _values(
        self, column: Linked, keys: Collection[Any], arguments: dict[str, Any]
    ) -> tuple[list[Any], Shape | None]:
        """What is found for each key, and how it is read; made where that is not by columns."""
        if not keys:
            return [], None
        try:
            found = await column.declared.find(keys, self.executor.context_value, **arguments)
            values = list(found)
        except Exception as error:
            return [error] * len(keys), None
        shape = column.shape if any(map(_is_something, values)) else None
        if shape is None:
            values = [_made(each, column.declared.shape) for each in values]
        return values, shape

    def _arguments(self, column: Linked, where: Where) -> dict[str, Any]:
        """Those of a link, as its resolver would be given them."""
        if not column.field.arguments:
            return {}
        converter = self.executor.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]  # set by Strawberry
        raw = self.info(column.selected, where.place())
        return convert_arguments(
            self._given(column.arguments),
            column.field.arguments,
            scalar_registry=converter.scalar_registry,
            config=converter.config,
            info=converter.config.info_class(_raw_info=raw, _field=column.field),
        )


def _fails(values: Sequence[Any]) -> bool:
    """Whether there is an exception among them."""
    return any(issubclass(each, Exception) for each in set(map(type, values)))


def _read(read: Read, sources: Sequence[Any]) -> list[Any]:
    """What each object holds, or why it cannot be read; each is read once."""
    values: list[Any] = []
    while len(values) < len(sources):
        try:
            for source in sources[len(values) :] if values else sources:
                values.append(read(source))
        except Exception as error:
            values.append(error)
    return values


def _is_something(found: Any) -> bool:
    return found is not None and not isinstance(found, Exception)


def _made(found: Any, shape: Shape) -> Any:
    if isinstance(found, Exception):
        return found
    try:
        return shape.made(found)
    except Exception as error:
        return error
