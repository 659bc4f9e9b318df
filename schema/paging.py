"""Relay connections with keyset cursors: pages that stay right while rows come and go."""

import base64
import json
from binascii import b2a_base64
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, TypeVar, cast
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    TypeDecorator,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import relay

from schema.base import Reader, Row, columns, execute, list_of
from schema.errors import BadRequest
from schema.execution import Column, Shape, Unmade, itself
from schema.scope import Scope
from schema.statements import Parameters, built_once

DEFAULT_FIRST = 20
MOST_FIRST = 100
URL_SAFE = bytes.maketrans(b"+/", b"-_")

First = Annotated[
    int,
    strawberry.argument(description="How many at most, 1 to 100. Ask for more by `after`."),
]
After = Annotated[
    str | None,
    strawberry.argument(description="A `cursor` of an earlier page: the page starts behind it."),
]

K = TypeVar("K", UUID, str)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Parameters):
    """A request for one page."""

    first: int = DEFAULT_FIRST
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MOST_FIRST:
            raise BadRequest(f"`first` is from 1 to {MOST_FIRST}.")

    @property
    def most(self) -> Any:
        """How many rows to read: one more than asked for."""
        return self.first + 1

    def parameters(self) -> tuple[Any, dict[str, Any]] | None:
        return (A_FIRST_PAGE, {"most": self.first + 1}) if self.after is None else None


class FirstPage(Page):
    """Stands for any page without a cursor, in a statement that is built once."""

    @property
    def most(self) -> Any:
        return bindparam("most", type_=BigInteger)


A_FIRST_PAGE = FirstPage()


@dataclass(frozen=True, slots=True)
class Order:
    """The ascending columns that a list is sorted by; the last one is unique.

    `names` are the attributes of the rows; texts are compared byte by byte (COLLATE "C"), which is
    also how cursors are compared. `descending` turns the whole order round.
    """

    columns: tuple[Any, ...]
    names: tuple[str, ...]
    descending: bool = False

    @classmethod
    def by(cls, *columns: Any, descending: bool = False) -> "Order":
        return cls(columns, tuple(each.key for each in columns), descending)

    def cursor(self, row: Any) -> str:
        """Where `row` stands in the order, opaque by contract."""
        values = [_to_text(getattr(row, name)) for name in self.names]
        found = b2a_base64(orjson.dumps(values), newline=False)
        return found.translate(URL_SAFE).decode()

    def apply(self, query: Select[Any], page: Page) -> Select[Any]:
        """`query` sorted, behind the cursor, with one row more than asked for."""
        keys = [_bytewise(each) for each in self.columns]
        if page.after is not None:
            bounds = tuple_(*_from_cursor(page.after, self.columns))
            behind = tuple_(*keys) < bounds if self.descending else tuple_(*keys) > bounds
            query = query.where(behind)
        ordered = [each.desc() if self.descending else each.asc() for each in keys]
        return query.order_by(*ordered).limit(page.most)


def _bytewise(column: Any) -> ColumnElement[Any]:
    element: ColumnElement[Any] = column.collate("C") if _kind(column) is str else column
    return element


def _kind(column: Any) -> type:
    """The Python type of a column's values."""
    declared = column.type
    plain = declared.impl_instance if isinstance(declared, TypeDecorator) else declared
    kind: type = plain.python_type
    return kind


def _to_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _from_cursor(cursor: str, columns: Sequence[Any]) -> list[Any]:
    """The bounds that a cursor names. Raises: BadRequest."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        pairs = list(zip(columns, values, strict=True))
        return [bindparam(None, _parse(column, value), column.type) for column, value in pairs]
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise BadRequest(f"`after` is not a cursor of this list: {cursor[:80]!r}.") from error


def _parse(column: Any, value: str) -> Any:
    parsers: dict[type, Callable[[str], Any]] = {
        datetime: datetime.fromisoformat,
        date: date.fromisoformat,
        UUID: UUID,
        int: int,
        Decimal: Decimal,
        str: str,
    }
    if not isinstance(value, str):
        raise TypeError("a cursor holds texts")
    if "\0" in value:
        raise ValueError("no column holds NUL")
    value.encode()  # nor half a surrogate pair
    found = parsers[_kind(column)](value)
    if isinstance(found, datetime):
        found.astimezone(UTC)  # which may lie outside the calendar
    return found


async def page_by(
    session: Reader,
    parent: Any,
    keys: Sequence[K],
    query: Select[Any],
    order: Order,
    page: Page,
) -> dict[K, list[Any]]:
    """A page of `query` for each of `keys`, which the column `parent` holds: one SELECT.

    LATERAL with a limit reads `first + 1` rows a parent, whatever the parents have.
    """
    return await _pages(session, keys, _lateral(parent, keys, query, order, page))


async def page_of(
    session: Reader,
    model: type[Row],
    parent: Any,
    keys: Sequence[K],
    scope: Scope,
    clinic: Any,
    order: Order,
    page: Page,
) -> dict[K, list[Any]]:
    """`page_by` of a table's rows; `clinic` is the column that `scope` bounds."""
    return await _pages(session, keys, _page_of(model, parent, keys, scope, clinic, order, page))


@built_once
def _page_of(
    model: type[Row],
    parent: Any,
    keys: Sequence[K],
    scope: Scope,
    clinic: Any,
    order: Order,
    page: Page,
) -> Executable:
    query = select(*columns(model)).where(scope.where(clinic))
    return _lateral(parent, keys, query, order, page)


def _lateral(
    parent: Any, keys: Sequence[K], query: Select[Any], order: Order, page: Page
) -> Executable:
    wanted = func.unnest(list_of(keys, ARRAY(parent.type)))
    key = wanted.table_valued("parent_key", name="wanted").render_derived()
    rows = order.apply(query.where(parent == key.c.parent_key), page).lateral("found")
    return select(key.c.parent_key, *rows.c)


async def _pages(session: Reader, keys: Sequence[K], query: Any) -> dict[K, list[Any]]:
    found: dict[K, list[Any]] = {each: [] for each in keys}
    for row in await execute(session, query):
        found[row[0]].append(row)
    return found


class Slice(NamedTuple):
    """A page of rows, which hold one more than the page where there is more."""

    rows: Sequence[Any]
    page: Page

    @property
    def shown(self) -> list[Any]:
        return list(self.rows[: self.page.first])

    @property
    def has_next_page(self) -> bool:
        return len(self.rows) > self.page.first

    @property
    def has_previous_page(self) -> bool:
        return self.page.after is not None


def connection(
    rows: Sequence[Any], page: Page, order: Order, of: Callable[[Any], T]
) -> relay.Connection[Any]:
    """The connection over `rows`, which hold one row more than the page where there is more."""
    return cast("relay.Connection[Any]", Unmade(Slice(rows, page), _shape(order, of)))


@cache
def _shape(order: Order, of: Callable[[Any], Any]) -> Shape:
    return paged(order, shape_of(of))


def _page_info(part: Slice, order: Order) -> relay.PageInfo:
    return relay.PageInfo(
        has_next_page=part.has_next_page,
        has_previous_page=part.has_previous_page,
        start_cursor=_start(part, order),
        end_cursor=_end(part, order),
    )


def _start(part: Slice, order: Order) -> str | None:
    return order.cursor(part.rows[0]) if part.rows else None


def _end(part: Slice, order: Order) -> str | None:
    return order.cursor(part.shown[-1]) if part.rows else None


def shape_of(of: Callable[[Any], Any]) -> Shape:
    """How what `of` makes an object of is read: by the type's columns, where it has any."""
    return Shape(of, getattr(getattr(of, "__self__", None), "__columns__", None))


def paged(order: Order, node: Shape) -> Shape:
    """How a Slice is a connection: its nodes are read by `node`."""
    page_info = Shape(
        lambda part: _page_info(part, order),
        {
            "has_next_page": Column("has_next_page"),
            "has_previous_page": Column("has_previous_page"),
            "start_cursor": Column(lambda part: _start(part, order)),
            "end_cursor": Column(lambda part: _end(part, order)),
        },
    )
    edge = Shape(
        lambda row: relay.Edge(cursor=order.cursor(row), node=node.build(row)),
        {"cursor": Column(order.cursor), "node": Column(itself, node)},
    )
    return Shape(
        lambda part: relay.Connection(
            edges=[edge.build(row) for row in part.shown], page_info=page_info.build(part)
        ),
        {"edges": Column("shown", edge), "page_info": Column(itself, page_info)},
    )


def grouped(rows: Sequence[T], key: str) -> Mapping[Any, list[T]]:
    """Rows by one of their attributes, in the order they came: what a batch function returns."""
    found: defaultdict[Any, list[T]] = defaultdict(list)
    for row, value in zip(rows, map(attrgetter(key), rows), strict=True):
        found[value].append(row)
    return dict(found)


def keyed(rows: Sequence[T], key: str = "id") -> Mapping[Any, T]:
    """Rows by a unique attribute: what a batch function of single objects returns."""
    return dict(zip(map(attrgetter(key), rows), rows, strict=True))
