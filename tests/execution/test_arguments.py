"""What resolvers get as arguments."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from tests.execution.both import Case, Schema, check, each_of


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"


@strawberry.input
class Point:
    x: int
    y: int = 7
    note: str | None = strawberry.UNSET
    colour: Colour = Colour.GREEN


@strawberry.input
class Line:
    ends: list[Point]
    label: str | None = None
    middle: Point | None = None


@strawberry.input(one_of=True)
class By:
    id: strawberry.ID | None = strawberry.UNSET
    name: str | None = strawberry.UNSET


def shown(value: Any) -> str:
    """A value as text that tells null from absent, and an enum from its value."""
    return "absent" if value is strawberry.UNSET else repr(value)


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def times(self, count: int = 2, between: str = "-") -> str:
        return between.join([self.name] * count)

    @strawberry.field
    def perhaps(self, count: int) -> int | None:
        return count

    @strawberry.field
    async def later(self, suffix: str) -> str:
        return self.name + suffix


@strawberry.type
class Query:
    @strawberry.field
    def scalars(
        self, i: int = 1, f: float = 1.5, s: str = "s", b: bool = True, d: strawberry.ID = "d"
    ) -> str:
        return shown((i, f, s, b, d))

    @strawberry.field
    def optional(self, value: int | None = strawberry.UNSET) -> str:
        return shown(value)

    @strawberry.field
    def defaulted(self, value: int | None = 5) -> str:
        return shown(value)

    @strawberry.field
    def required(self, value: int) -> int:
        return value

    @strawberry.field
    def nullable(self, value: int) -> int | None:
        return value

    @strawberry.field
    def spot(self, point: Point) -> int | None:
        return point.x

    @strawberry.field
    def on(self, day: date) -> date:
        return day

    @strawberry.field
    async def picky(self, value: int) -> int | None:
        if value < 0:
            raise ValueError("positive, please")
        return value

    @strawberry.field
    def maybe(self, value: strawberry.Maybe[int | None] = None) -> str:
        return shown(value)

    @strawberry.field
    def colour(self, colour: Colour = Colour.RED, others: list[Colour] = []) -> str:  # noqa: B006
        return shown([colour, *others])

    @strawberry.field
    def point(self, point: Point) -> str:
        return shown(point)

    @strawberry.field
    def line(self, line: Line) -> str:
        return shown(line)

    @strawberry.field
    def by(self, by: By) -> str:
        return shown(by)

    @strawberry.field
    def listed(self, values: list[int | None] | None = None) -> str:
        return shown(values)

    @strawberry.field
    def table(self, rows: list[list[int]]) -> list[list[int]]:
        return rows

    @strawberry.field
    def json(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def renamed(
        self, of: str, a_b: int = 0, from_: Annotated[int, strawberry.argument(name="from")] = 3
    ) -> str:
        return shown((of, a_b, from_))

    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(name="a"), Thing(name="b")]


schema = Schema(query=Query)

POINT = "Point(x={}, y={}, note={}, colour=<Colour.{}>)"

CASES = {
    "defaults of the schema": Case(
        "{ scalars colour defaulted }",
        {"scalars": "(1, 1.5, 's', True, 'd')", "colour": "[<Colour.RED: 'r'>]", "defaulted": "5"},
    ),
    "literals": Case(
        '{ scalars(i: -4, f: 3, s: "é", b: false, d: 12) }',
        {"scalars": "(-4, 3.0, 'é', False, '12')"},
    ),
    "variables": Case(
        """
        query ($i: Int!, $s: String!, $b: Boolean!, $d: ID!) {
          scalars(i: $i, s: $s, b: $b, d: $d) optional(value: $i) required(value: $i) }
        """,
        {"scalars": "(8, 1.5, 't', False, '9')", "optional": "8", "required": 8},
        variables={"i": 8, "s": "t", "b": False, "d": 9},
    ),
    "defaults of variables": Case(
        "query ($i: Int = 4, $j: Int! = 6) { optional(value: $i) required(value: $j) }",
        {"optional": "4", "required": 6},
    ),
    "a variable that is not given leaves the schema's default": Case(
        "query ($i: Int) { optional(value: $i) defaulted(value: $i) }",
        {"optional": "absent", "defaulted": "5"},
    ),
    "a variable that is null is null": Case(
        "query ($i: Int) { optional(value: $i) defaulted(value: $i) }",
        {"optional": "None", "defaulted": "None"},
        variables={"i": None},
    ),
    "null against its default": Case(
        "query ($i: Int = 4) { optional(value: $i) }", {"optional": "None"}, variables={"i": None}
    ),
    "null and absent": Case(
        """
        { a: optional b: optional(value: null)
          c: maybe d: maybe(value: null) e: maybe(value: 1) }
        """,
        {"a": "absent", "b": "None", "c": "None", "d": "Some(None)", "e": "Some(1)"},
    ),
    "enums": Case(
        """
        query ($c: Colour!, $more: [Colour!]!) { colour(colour: GREEN, others: [RED])
          by: colour(colour: $c, others: $more) }
        """,
        {
            "colour": "[<Colour.GREEN: 'g'>, <Colour.RED: 'r'>]",
            "by": "[<Colour.GREEN: 'g'>, <Colour.RED: 'r'>, <Colour.GREEN: 'g'>]",
        },
        variables={"c": "GREEN", "more": ["RED", "GREEN"]},
    ),
    "input objects": Case(
        """
        query ($p: Point!, $x: Int!, $n: String) {
          a: point(point: {x: 1}) b: point(point: $p) 
          c: point(point: {x: $x, note: $n, colour: RED}) d: point(point: {x: $x, note: null}) }
        """,
        {
            "a": "Point(x=1, y=7, note=UNSET, colour=<Colour.GREEN: 'g'>)",
            "b": "Point(x=2, y=3, note='n', colour=<Colour.RED: 'r'>)",
            "c": "Point(x=4, y=7, note=UNSET, colour=<Colour.RED: 'r'>)",
            "d": "Point(x=4, y=7, note=None, colour=<Colour.GREEN: 'g'>)",
        },
        variables={"p": {"x": 2, "y": 3, "note": "n", "colour": "RED"}, "x": 4},
    ),
    "input objects in lists": Case(
        """
        query ($p: Point!) { a: line(line: {ends: [$p, {x: 1}], middle: $p})
          b: line(line: {ends: {x: 5}, label: "l"}) }
        """,
        {
            "a": "Line(ends=[Point(x=2, y=7, note=UNSET, colour=<Colour.GREEN: 'g'>),"
            " Point(x=1, y=7, note=UNSET, colour=<Colour.GREEN: 'g'>)], label=None,"
            " middle=Point(x=2, y=7, note=UNSET, colour=<Colour.GREEN: 'g'>))",
            "b": "Line(ends=[Point(x=5, y=7, note=UNSET, colour=<Colour.GREEN: 'g'>)],"
            " label='l', middle=None)",
        },
        variables={"p": {"x": 2}},
    ),
    "one of": Case(
        "query ($by: By!, $id: ID!) { a: by(by: {id: $id}) b: by(by: $by) }",
        {"a": "By(id='3', name=UNSET)", "b": "By(id=UNSET, name='n')"},
        variables={"by": {"name": "n"}, "id": 3},
    ),
    "lists": Case(
        """
        query ($v: [Int], $w: Int) { a: listed b: listed(values: null) c: listed(values: [])
          d: listed(values: [1, null, $w]) e: listed(values: 4) f: listed(values: $v)
          table(rows: [[1, 2], []]) }
        """,
        {
            "a": "None",
            "b": "None",
            "c": "[]",
            "d": "[1, None, None]",
            "e": "[4]",
            "f": "[9]",
            "table": [[1, 2], []],
        },
        variables={"v": 9},
    ),
    "json": Case(
        'query ($j: JSON!) { json(value: $j) literal: json(value: {a: [1, "b", null, {c: $j}]}) }',
        {"json": {"k": [1]}, "literal": {"a": [1, "b", None, {"c": {"k": [1]}}]}},
        variables={"j": {"k": [1]}},
    ),
    "scalars of Strawberry": Case(
        'query ($d: Date!) { a: on(day: "2026-01-31") b: on(day: $d) }',
        {"a": "2026-01-31", "b": "2026-02-28"},
        variables={"d": "2026-02-28"},
    ),
    "by other names": Case('{ renamed(of: "o", aB: 1, from: 2) }', {"renamed": "('o', 1, 2)"}),
    "below the root, for every object": Case(
        """
        query ($n: Int = 3, $s: String!) { things {
          times a: times(count: 1) b: times(count: $n, between: "") later(suffix: $s) } }
        """,
        {
            "things": [
                {"times": "a-a", "a": "a", "b": "aaa", "later": "a!"},
                {"times": "b-b", "a": "b", "b": "bbb", "later": "b!"},
            ]
        },
        variables={"s": "!"},
    ),
    "variables that the operation does not declare": Case(
        "query ($n: Int! = 3) { required(value: $n) }", {"required": 3}, variables={"other": [1]}
    ),
}

NOT_NULL = "Expected variable '$v' provided to non-null type 'Int!' not to be None."

FAILING = {
    "null by a variable where null cannot be": Case(
        "query ($v: Int = 3) { scalars nullable(value: $v) }",
        {"scalars": "(1, 1.5, 's', True, 'd')", "nullable": None},
        {"nullable": f"Argument 'value' has invalid value: {NOT_NULL}"},
        variables={"v": None},
    ),
    "the same in an input object": Case(
        "query ($v: Int = 3) { spot(point: {x: $v}) a: spot(point: {x: 1}) }",
        {"spot": None, "a": 1},
        {"spot": f"Argument 'point' has invalid value at .x: {NOT_NULL}"},
        variables={"v": None},
    ),
    "for every object of a list": Case(
        "query ($v: Int = 3) { things { name perhaps(count: $v) } }",
        {"things": [{"name": "a", "perhaps": None}, {"name": "b", "perhaps": None}]},
        {
            f"things.{n}.perhaps": f"Argument 'count' has invalid value: {NOT_NULL}"
            for n in range(2)
        },
        variables={"v": None},
    ),
    "where the field cannot be null": Case(
        "query ($v: Int = 3) { scalars required(value: $v) }",
        None,
        {"required": f"Argument 'value' has invalid value: {NOT_NULL}"},
        variables={"v": None},
    ),
    "a resolver's own refusal of an argument": Case(
        "{ a: picky(value: 1) b: picky(value: -1) }",
        {"a": 1, "b": None},
        {"b": "positive, please"},
    ),
}

#: Refused before anything is executed.
REFUSED = {
    "a value of another type": Case(
        "query ($v: Int!) { scalars required(value: $v) }",
        None,
        {None: "Variable '$v' has invalid value: Int cannot represent non-integer value: 'x'"},
        variables={"v": "x"},
        runs=False,
    ),
    "a value that is missing": Case(
        "query ($v: Int!) { scalars required(value: $v) }",
        None,
        {
            None: "Variable '$v' has invalid value:"
            " Expected a value of non-null type 'Int!' to be provided."
        },
        runs=False,
    ),
    "one-of with two keys": Case(
        "query ($by: By!) { scalars by(by: $by) }",
        None,
        {None: "OneOf Input Object 'By' must specify exactly one key."},
        variables={"by": {"id": 1, "name": "x"}},
        runs=False,
    ),
}


@each_of(CASES)
async def test_arguments(case: Case) -> None:
    await check(schema, case)


@each_of(FAILING)
async def test_arguments_of_one_field_fail(case: Case) -> None:
    await check(schema, case)


@each_of(REFUSED)
async def test_variables_are_refused(case: Case) -> None:
    await check(schema, case)
