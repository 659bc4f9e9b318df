"""Resolving the fields of a level: what is read, what is called, and what is found by links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    Resolved,
    Selected,
    are_fixed,
)
from schema.execution.waiting import Waiting
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
            return await self._asked(column, sources, where)
        except Exception as error:
            return Raw([error], [0] * len(sources))

    async def _asked(self, column: Linked, sources: Sequence[Any], where: Where) -> Raw:
        raw_info = self.info(column.selected, where.path(0) if sources else None)
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
        given = self._given(column.arguments)
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
