"""Every batch function that the schema reaches: through a link, or by `node(id:)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition

from schema.access.rules import Permission
from schema.base import Reader
from schema.fields import NODES, Link
from schema.paging import Page
from schema.root import schema
from schema.scope import Scope


@dataclass(frozen=True)
class Reach:
    """A batch function, the permission it is reached with, and whether it takes a page."""

    batch: Any
    reads: Permission
    paged: bool

    @property
    def name(self) -> str:
        return f"{self.batch.__module__.removeprefix('schema.')}.{self.batch.__name__}"

    @property
    def by_code(self) -> bool:
        """Whether its keys are the codes of what all clinics share, instead of ids."""
        return self.batch.__name__.endswith(("_by_code", "_by_jurisdiction"))

    @property
    def by_number(self) -> bool:
        """Whether its keys are numbers of the calendar."""
        return self.batch.__name__.endswith("_by_number")

    @property
    def by_numbers(self) -> bool:
        """Whether its keys are several such numbers each."""
        return self.batch.__name__.endswith("_by_numbers")

    @property
    def by_visit(self) -> bool:
        """Whether its keys are visits to clinics."""
        return self.batch.__name__.endswith("_by_visit")

    def of_numbers(self, numbers: Sequence[int]) -> list[Any]:
        """Keys of the kind it takes, from numbers of the calendar."""
        return [(each,) for each in numbers] if self.by_numbers else list(numbers)

    async def found(self, session: Reader, keys: Sequence[Any], scope: Scope) -> list[Any]:
        """All that the batch function finds for `keys`, flat."""
        arguments = (Page(first=100),) if self.paged else ()
        found = await self.batch(session, list(keys), scope, *arguments)
        flat: list[Any] = []
        for value in found.values():
            flat.extend(value if isinstance(value, list | tuple) and not is_row(value) else [value])
        return flat


def is_row(value: Any) -> bool:
    """A row is a tuple too."""
    return hasattr(value, "_fields")


def reaches() -> list[Reach]:
    """By name, each once."""
    found = {}
    for concrete in schema.schema_converter.type_map.values():
        definition = concrete.definition
        if not isinstance(definition, StrawberryObjectDefinition):
            continue
        for field in definition.fields:
            link = field.metadata.get("link")
            if isinstance(link, Link):
                reach = Reach(link.batch, link.permitted.permission, link.order is not None)
                found[reach.name] = reach
    for node in NODES.values():
        reach = Reach(node.batch, node.reads, False)
        found[reach.name] = reach
    return [found[name] for name in sorted(found)]
