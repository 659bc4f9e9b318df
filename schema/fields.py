"""How a field states its permission, and where it leads.

A root field states `Reads(P)`, `Writes(P)`, `Watches(P)` or `Open(reason)`. A field that leads from
an object to others is a `link` to a batch function; there is no other way to write one, so there is
no N+1.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields
from enum import StrEnum
from inspect import getdoc
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from strawberry import relay
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from schema.access.rules import Permission
from schema.context import Batch, Context, Info
from schema.errors import AccessDenied, BadRequest, Conflict, NotFound, Retry
from schema.execution import Column, Shape
from schema.paging import (
    DEFAULT_FIRST,
    After,
    First,
    Order,
    Page,
    Slice,
    connection,
    paged,
    shape_of,
)

T = TypeVar("T", bound=type)
E = TypeVar("E", bound=StrEnum)

TRIES = 4
RETRIED = frozenset({"40001", "40P01"})  # serialization failure, deadlock
TIMED_OUT = frozenset({"55P03", "57014"})  # waited for a lock, or altogether, as long as it may
BUSY = "Others are changing the same thing; try again."
REFUSED_BY_POLICY = "42501"


class Busy(Conflict):
    code = "BUSY"
    retry = Retry.SAME_INPUT


class Stated(FieldExtension, ABC):
    """What every root field and every crossing states; its words end the field's description."""

    @abstractmethod
    def words(self) -> str:
        """The sentence that ends the field's description."""

    def apply(self, field: StrawberryField) -> None:
        if field.base_resolver is not None and not field.description:
            field.description = getdoc(field.base_resolver.wrapped_func)
        assert field.description, f"{field.python_name} needs a docstring: it is documentation"
        if self.words() not in field.description:
            field.description = f"{field.description}\n\n{self.words()}"
        for argument in field.arguments:
            if argument.python_name == "input" and not argument.description:
                argument.description = "What the change needs to know."


class Open(Stated):
    """Open to every caller, for a stated reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def words(self) -> str:
        return f"Open to every caller: {self.reason}"


class Permitted(Stated):
    """Refuses the field unless the actor holds `permission`.

    At a root field: in at least one clinic; which clinics' rows it then reaches is for the SQL, by
    `actor.scope(permission)`. At any other field with `clinic`: in the very clinic whose id is that
    attribute of the parent.
    """

    def __init__(self, permission: Permission, *, clinic: str | None = None) -> None:
        self.permission = permission
        self.clinic = clinic

    def words(self) -> str:
        return f"Requires `{self.permission}`."

    def check(self, source: Any, context: Context) -> None:
        """Raise AccessDenied unless this parent may be asked."""
        refusals = self.refusals([getattr(source, self.clinic) if self.clinic else None], context)
        if refusals and refusals[0]:
            raise refusals[0]

    def refusals(
        self, guarded: Sequence[Any], context: Context
    ) -> Sequence[AccessDenied | None] | None:
        """Why each parent of a level may not be asked, where it may not; None: all of them may.

        `guarded` are the clinics, a parent each. Raises: AccessDenied where none may be.
        """
        scope = context.actor.require(self.permission)
        if not self.clinic or scope.clinic_ids is None:
            return None
        return [None if each in scope else self._denied() for each in guarded]

    def _denied(self) -> AccessDenied:
        return AccessDenied(f"Requires {self.permission} in this clinic.")


class Reads(Permitted):
    """A query's permission. What is named and not found is null, or where null
    cannot be, a bad request."""

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        self.check(source, info.context)
        try:
            return await next_(source, info, **arguments)
        except NotFound as error:
            kind = info.return_type
            if isinstance(kind, StrawberryOptional):
                return None
            if isinstance(kind, StrawberryUnion):
                raise  # becomes a member of the union
            raise BadRequest(error.message) from error


class Watches(Permitted):
    """A subscription's permission; the resolver is an async generator of events.

    An event is resolved from what is true when it is sent: nothing that was loaded for the one
    before is used again. What is named and not found is a bad request.
    """

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        self.check(source, info.context)
        return self.following(next_(source, info, **arguments), info.context)

    async def following(self, events: Any, context: Context) -> AsyncGenerator[Any, None]:
        """The events, each with nothing loaded yet. Raises: BadRequest."""
        try:
            async with aclosing(events):
                async for event in events:
                    context.forget()
                    yield event
        except NotFound as error:
            raise BadRequest(error.message) from error


class Writes(Permitted):
    """A mutation's permission; runs the resolver in a transaction, as `info.context.work`.

    A serialization failure or a deadlock is tried again, a bounded number of times; what had to
    wait for too long is Busy. A policy's refusal is *not found*: whose row it is tells nothing.
    """

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        return await _in_transaction(self.permission, next_, source, info, arguments)


class WritesAsSystem(Open):
    """A mutation without a caller yet (sign-in): open, and in the system's own transaction."""

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        return await _in_transaction(None, next_, source, info, arguments)


async def _in_transaction(
    permission: Permission | None,
    next_: AsyncExtensionResolver,
    source: Any,
    info: Info,
    arguments: dict[str, Any],
) -> Any:
    for attempt in range(1, TRIES + 1):
        try:
            async with info.context.writing(permission):
                return await next_(source, info, **arguments)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == REFUSED_BY_POLICY:
                raise NotFound("such object", "for you") from error
            if state not in RETRIED | TIMED_OUT:
                raise
            if attempt == TRIES or state in TIMED_OUT:
                raise Busy(BUSY) from error
        except PoolExhausted as error:
            raise Busy(BUSY) from error
    raise AssertionError("unreachable")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a field leads, for whoever executes it: found in the field's `metadata["link"]`."""

    batch: Batch[Any, Any]
    key: str
    of: Callable[[Any], Any]
    permitted: Permitted
    many: bool
    order: Order | None
    shape: Shape

    @property
    def guard(self) -> str | None:
        return self.permitted.clinic

    def refusals(
        self, guarded: Sequence[Any], context: Context
    ) -> Sequence[AccessDenied | None] | None:
        return self.permitted.refusals(guarded, context)

    async def find(
        self,
        keys: Collection[Any],
        context: Context,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> list[Any]:
        """The row, the list of rows or the page of them for each key; None leads nowhere, whatever
        fails for the others. Raises: BadRequest."""
        page = Page(first, after) if self.order else None
        known = [each for each in keys if each is not None] if None in keys else keys
        found: list[Any]
        try:
            found = await context.load_all(self.batch, known, self.permitted.permission, page)
        except Exception as error:
            if known is keys or page:
                raise
            found = [error for _ in known]
        if known is not keys:
            found.insert(list(keys).index(None), None)
        if page:
            return [Slice(each or [], page) for each in found]
        if self.many:
            return [
                each if isinstance(each, list | Exception) else list(each or ()) for each in found
            ]
        return found


def link(
    batch: Batch[Any, Any],
    *,
    key: str,
    of: Callable[[Any], Any],
    reads: Permission,
    describe: str,
    many: bool = False,
    page: Order | None = None,
    clinic: str | None = None,
) -> Any:
    """A field that leads to what `batch` finds for the parent's attribute `key`.

    One object (or null), a list with `many`, a connection with `page` (the order of the batch
    function). `reads` is stated again at every link; `clinic` names the parent's attribute with the
    clinic in which it is required. Under a class annotation, or handed to `extends`.
    """
    rows = shape_of(of)
    shape = paged(page, rows) if page else rows
    declared = Link(batch, key, of, Permitted(reads, clinic=clinic), many, page, shape)
    return strawberry.field(
        resolver=_paged(declared, page) if page else _linked(declared),
        description=f"{describe}\n\n{declared.permitted.words()}",
        metadata={"link": declared},
    )


def _linked(declared: Link) -> Callable[..., Any]:
    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        declared.permitted.check(root, info.context)
        value = getattr(root, declared.key)
        found = None
        if value is not None:
            found = await info.context.load(declared.batch, value, declared.permitted.permission)
        if declared.many:
            return [declared.of(each) for each in found or ()]
        return None if found is None else declared.of(found)

    return resolve


def _paged(declared: Link, order: Order) -> Callable[..., Any]:
    async def resolve(
        root: strawberry.Parent[Any], info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> Any:
        declared.permitted.check(root, info.context)
        page = Page(first, after)
        found = await info.context.load(
            declared.batch, getattr(root, declared.key), declared.permitted.permission, page
        )
        return connection(found or [], page, order, declared.of)

    return resolve


def read_by_columns(**others: str | Callable[[Any], Any] | Column) -> Callable[[T], T]:
    """Declare that an object of the type says no more than its row: an executor may read the row.

    Each attribute that `of(row)` sets is the row's of the same name, or as `others` say: the row's
    of that name, a function of the row, or a Column. tests/test_columns.py compares them with
    `of`.
    """

    def declare(kind: T) -> T:
        names = [each.name for each in fields(kind) if each.init]
        kind.__columns__ = {name: _column(others.get(name, name)) for name in names}  # type: ignore[attr-defined]  # ours
        return kind

    return declare


def _column(read: str | Callable[[Any], Any] | Column) -> Column:
    return read if isinstance(read, Column) else Column(read)


def extends(target: type, **added: tuple[Any, Any]) -> None:
    """Add fields to an earlier domain's type, as `extend type` does in SDL.

    Each is (its type, a `link` or `strawberry.field`). The later domain knows the earlier one,
    never the reverse, so no type needs a lazy reference. A crossing is nullable: a refusal nulls
    this field, not the whole answer.
    """
    definition = get_object_definition(target, strict=True)
    for name, (kind, field) in added.items():
        assert name not in [each.python_name for each in definition.fields], name
        field.python_name = name
        field.type_annotation = StrawberryAnnotation(kind)
        field.origin = target
        definition.fields.append(field)


@dataclass(frozen=True, slots=True)
class Identified:
    """How `node(id:)` finds an object of a type."""

    batch: Batch[UUID, Any]
    of: Callable[[Any], Any]
    reads: Permission


NODES: dict[str, Identified] = {}


def identified(batch: Batch[UUID, Any], *, reads: Permission) -> Callable[[T], T]:
    """Declare that a type is a Relay node, found by `batch` by whoever holds `reads`."""

    def declare(kind: T) -> T:
        NODES[kind.__name__] = Identified(batch, kind.of, reads)  # type: ignore[attr-defined]  # every type has of(row)
        return kind

    return declare


async def find_node(info: Info, identity: relay.GlobalID) -> Any | None:
    """The object with this global id; None where there is none, or none the actor may see."""
    declared = NODES.get(identity.type_name)
    if declared is None or not info.context.actor.scope(declared.reads):
        return None
    try:
        key = UUID(identity.node_id)
    except ValueError:
        return None
    found = await info.context.load(declared.batch, key, declared.reads)
    return None if found is None else declared.of(found)


@strawberry.input(
    one_of=True,
    description="Which object: by its global id, or by the code that people use for it.",
)
class By:
    id: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET, description="The object's `id`."
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its human-readable code, as printed or typed."
    )

    def key(self, type_name: str, noun: str) -> UUID | str:
        """The id in the tables, or the code. Raises: NotFound for another type's id."""
        if self.code:
            return self.code.strip()
        return key_of(self.id, type_name, noun) if self.id else ""


def key_of(identity: relay.GlobalID, type_name: str, noun: str) -> UUID:
    """The id in the tables that a global id stands for. Raises: NotFound."""
    try:
        if identity.type_name == type_name:
            return UUID(identity.node_id)
    except ValueError:
        pass
    raise NotFound(noun, identity)


def described(kind: type[E], description: str, values: Mapping[E, str]) -> type[E]:
    """Make an enum of the rules a GraphQL enum, with a description for each of its values."""
    assert set(values) == set(kind), f"describe every value of {kind.__name__}"
    strawberry.enum(kind, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set above
        value.description = values[kind[value.name]]
    return kind
