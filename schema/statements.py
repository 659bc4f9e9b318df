"""Statements for the driver: compiled by SQLAlchemy, once for each shape of a statement.

SQLAlchemy's own way to a result takes a thread of its own, a cursor and rows that know their
columns; for the many short reads of a query that is most of what they cost. Here a statement is
compiled as there, but its rows are plain named tuples, and only values whose type asks for it are
converted.
"""

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import ARRAY, BindParameter, ColumnElement, Executable, any_, bindparam
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from schema.joining import is_movable
from schema.scope import Scope

T = TypeVar("T")
P = ParamSpec("P")
Convert = Callable[[Any], Any]

#: So many shapes are kept; the schema's own are some hundreds.
MOST_KEPT = 1000


class Rows(list[T]):
    """What a statement found, with those of SQLAlchemy's ways to take it that stores use."""

    __slots__ = ()

    def all(self) -> "Rows[T]":
        return self

    def first(self) -> T | None:
        return self[0] if self else None

    def one(self) -> T:
        found = self.one_or_none()
        if found is None:
            raise NoResultFound("No row was found when one was required")
        return found

    def one_or_none(self) -> T | None:
        if len(self) > 1:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        return self.first()

    def scalars(self) -> "Rows[Any]":
        """The first value of each row."""
        return Rows(row[0] for row in self)  # type: ignore[index]  # a row is a tuple

    def scalar_one(self) -> Any:
        return self.scalars().one() if len(self) != 1 else self[0][0]  # type: ignore[index]

    def scalar_one_or_none(self) -> Any:
        found = self.one_or_none()
        return None if found is None else found[0]  # type: ignore[index]


class Slot(NamedTuple):
    """A parameter of a compiled statement; `position`: where its value is among the parameters of
    another statement of the same shape, None where it is the same in all of them."""

    name: str
    bind: BindParameter[Any]
    position: int | None
    convert: Convert | None


class Prepared:
    """A statement compiled once, for all of its shape."""

    def __init__(self, statement: Any, dialect: Dialect, key: Any = None) -> None:
        self._dialect = dialect
        compiled: SQLCompiler = dialect.statement_compiler(dialect, statement, cache_key=key)
        self._compiled = compiled
        self.text = compiled.string
        places = {each.key: at for at, each in enumerate(key.bindparams if key else ())}
        self._slots = [
            Slot(name, bind, places.get(bind.key), _on_the_way(bind.type, dialect, out=True))
            for name, bind in compiled.binds.items()
        ]
        self._expands = bool(compiled.post_compile_params or compiled.literal_execute_params)
        if not self._expands:
            by_name = {each.name: each for each in self._slots}
            self._slots = [by_name[name] for name in compiled.positiontup or ()]
        self._names = [each.name for each in self._slots]
        self._defaults = {each.name: each.bind.effective_value for each in self._slots}
        self._converts = [
            (at, each.convert) for at, each in enumerate(self._slots) if each.convert is not None
        ]
        #: How a row is made of what the driver hands out; None until that was asked for once.
        self.row: Callable[[asyncpg.Record], Any] | None = None
        #: Whether it can be joined with others.
        self.movable = is_movable(self.text)

    def asked(self, given: Sequence[BindParameter[Any]]) -> tuple[str, list[Any]]:
        """The text and the arguments with the parameters of a statement of this shape."""
        values = [
            (each.bind if each.position is None else given[each.position]).effective_value
            for each in self._slots
        ]
        return self._asked(values)

    def asked_by_name(self, given: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The text and the arguments where parameters are given by their names."""
        known = {**self._defaults, **given}
        return self._asked([known[name] for name in self._names])

    def _asked(self, values: list[Any]) -> tuple[str, list[Any]]:
        if self._expands:
            return self._expanded(values)
        for at, convert in self._converts:
            values[at] = convert(values[at])
        return self.text, values

    def _expanded(self, values: list[Any]) -> tuple[str, list[Any]]:
        """As many placeholders as a list (`in_`) has values: another text for another number."""
        names = {each.name: value for each, value in zip(self._slots, values, strict=True)}
        state = self._compiled.construct_expanded_state(names, escape_names=False)
        converts = {each.name: each.convert for each in self._slots} | dict(state.processors)
        arguments = []
        for name in state.positiontup or ():
            convert, value = converts.get(name), state.parameters[name]
            arguments.append(value if convert is None else convert(value))
        return state.statement, arguments

    async def fetch(self, driver: asyncpg.Connection, text: str, arguments: list[Any]) -> Rows[Any]:
        """The rows, each a named tuple with the names of the SELECT."""
        row = self.row
        if row is None:
            described = await driver.prepare(text)
            row = self.row = self._made_of(described.get_attributes())
        return Rows(map(row, await driver.fetch(text, *arguments)))

    def forget(self) -> None:
        """Learn anew of what types the columns are."""
        self.row = None

    def _made_of(self, attributes: Sequence[asyncpg.Attribute]) -> Callable[[Any], Any]:
        """How a row is made of what the driver hands out."""
        columns = self._compiled._result_columns
        if len(columns) != len(attributes):  # plain text, which names its columns itself
            return partial(tuple.__new__, _named_tuple([each.name for each in attributes]))
        kind = _named_tuple([each.keyname for each in columns])
        converts = [
            (at, convert)
            for at, (column, found) in enumerate(zip(columns, attributes, strict=True))
            if (convert := _on_the_way(column.type, self._dialect, oid=found.type.oid))
        ]
        make = partial(tuple.__new__, kind)
        if not converts:
            return make

        def converted(record: Any) -> Any:
            values = list(record)
            for at, convert in converts:
                values[at] = convert(values[at])
            return make(values)

        return converted


def _on_the_way(
    kind: TypeEngine[Any], dialect: Dialect, *, out: bool = False, oid: int | None = None
) -> Convert | None:
    """What a type does to values on their way `out` to the driver, or back; None: nothing."""
    own = kind.dialect_impl(dialect)
    if isinstance(own, ARRAY) and _on_the_way(own.item_type, dialect, out=out, oid=oid) is None:
        return None  # it would copy the list
    return own.bind_processor(dialect) if out else own.result_processor(dialect, oid)


def _named_tuple(names: Sequence[str]) -> type[tuple[Any, ...]]:
    """A tuple with these attributes. Where two have one name, it is the first one's."""
    kind: Any = namedtuple("Found", names, rename=True)  # type: ignore[misc]  # a SELECT's
    for at, name in enumerate(names):
        if not hasattr(kind, name):  # a word that no field may be named, of Python or with a mark
            setattr(kind, name, getattr(kind, kind._fields[at]))
    found: type[tuple[Any, ...]] = kind
    return found


class Statements:
    """What an engine's statements were compiled to."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._kept: OrderedDict[Any, Prepared] = OrderedDict()

    def prepared(self, statement: Any) -> tuple[Prepared, str, list[Any]]:
        """A statement's compiled form, its text and its arguments."""
        if isinstance(statement, Bound):
            built, values = statement
            found = self._found(built, built.statement)
            return found, *found.asked_by_name(values)
        key = statement._generate_cache_key()
        if key is None:
            found = Prepared(statement, self._dialect)
            return found, *found.asked(())
        found = self._found(key.key, statement, key)
        return found, *found.asked(key.bindparams)

    def _found(self, name: Any, statement: Any, key: Any = None) -> Prepared:
        found = self._kept.get(name)
        if found is None:
            found = self._kept[name] = Prepared(statement, self._dialect, key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(name)
        return found


class Built:
    """A statement that was built once; its parameters have names."""

    __slots__ = ("statement",)

    def __init__(self, statement: Executable) -> None:
        self.statement = statement


class Bound(NamedTuple):
    """A statement built once, and the values of its parameters."""

    built: Built
    values: dict[str, Any]


class Given:
    """Stands for keys while a statement is built once for all of them; `among` knows it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class GivenScope(Scope):
    """Stands for any scope but that of all clinics."""

    __slots__ = ()

    def where(self, column: Any) -> ColumnElement[bool]:
        ids = bindparam("scope", type_=ARRAY(UuidType(as_uuid=True)))
        condition: ColumnElement[bool] = column == any_(ids)
        return condition


A_SCOPE = GivenScope(frozenset())


class Parameters:
    """An argument that holds parameters of a statement."""

    __slots__ = ()

    def parameters(self) -> tuple[Any, dict[str, Any]] | None:
        """What stands for this one and its like, and the values of the parameters in it; None where
        a statement for it is to be built anew."""
        raise NotImplementedError


class Values(Parameters):
    """Values by name, those that are not None: each name is a parameter, and part of the shape.

    A statement asks whether a name is in them, and for the value of one that is.
    """

    def __init__(self, **values: Any) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def parameters(self) -> tuple[Any, dict[str, Any]] | None:
        return Names(self._values), self._values


class Names(frozenset[str]):
    """Stands for `Values` with these names."""

    def __getitem__(self, name: str) -> BindParameter[Any]:
        """The parameter; its type is that of what it is compared with."""
        return bindparam(name)


class BuiltOnce(Generic[P]):
    """A function that builds a statement, called once for each shape of it.

    Keys (any collection), scopes and `Parameters` become parameters; whatever else it takes, tables
    and columns, is part of the shape. It must ask of a scope only `where`, and of keys nothing:
    `among` does. All arguments are given by position.
    """

    def __init__(self, build: Callable[P, Executable]) -> None:
        self._build = build
        self._built: OrderedDict[Any, Built] = OrderedDict()

    def __call__(self, *arguments: P.args, **_: P.kwargs) -> Bound | Executable:
        shape: list[Any] = []
        values: dict[str, Any] = {}
        each: Any
        for at, each in enumerate(arguments):
            kind = _kind_of(type(each))  # type: ignore[arg-type]  # a type can be hashed
            if kind is None:
                shape.append(each)
            elif kind is Given:
                values[KEYS[at]] = list(each)
                shape.append(GIVEN[at])
            elif kind is Scope:
                if each.clinic_ids is None:
                    shape.append(each)
                else:
                    values["scope"] = list(each.clinic_ids)
                    shape.append(A_SCOPE)
            else:
                found = each.parameters()
                if found is None:
                    return self._build(*arguments, **_)
                stands, own = found
                values.update(own)
                shape.append(stands)
        return Bound(self._of(tuple(shape)), values)

    def _of(self, shape: tuple[Any, ...]) -> Built:
        """The statement for what stands for the arguments."""
        built = self._built.get(shape)
        if built is None:
            built = self._built[shape] = Built(self._build(*shape))  # type: ignore[call-arg]  # what stands for them
            if len(self._built) > MOST_KEPT:
                self._built.popitem(last=False)
        return built


@cache
def _kind_of(argument: type) -> type | None:
    """How an argument of this type enters a statement; None: as part of its shape."""
    if issubclass(argument, list | tuple | set | frozenset):
        return Given
    return next((each for each in (Scope, Parameters) if issubclass(argument, each)), None)


KEYS = tuple(f"given_{at}" for at in range(10))
GIVEN = tuple(map(Given, KEYS))
built_once = BuiltOnce
