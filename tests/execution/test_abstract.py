"""Interfaces and unions: of which type an object is, and what of types nobody expected."""

from types import SimpleNamespace
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from tests.execution.both import Case, Schema, ask, check, each_of

T = TypeVar("T")


@strawberry.interface
class Shape:
    name: str


@strawberry.type
class Circle(Shape):
    r: int = 1


@strawberry.type
class Square(Shape):
    side: int = 2

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, cls) or getattr(obj, "side", None) is not None


@strawberry.type
class Refusing(Shape):
    """Never of its own type, or fails to say."""

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        if obj.name == "fails":
            raise LookupError("no idea")
        return obj.name == "fine"


@strawberry.interface
class Told:
    """An interface that says itself what an object is."""

    name: str

    @classmethod
    def resolve_type(cls, obj: Any, info: Any, kind: Any) -> str | None:
        match obj.name:
            case "fails":
                raise LookupError("no idea")
            case "path":
                return "One" if info.path.as_list()[-1] == "told" else "Two"
            case name:
                return name


@strawberry.type
class One(Told):
    one: int = 1

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return True


@strawberry.type
class Two(Told):
    two: int = 2

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return True


@strawberry.type
class Box(Generic[T]):
    content: T
    spare: T | None = None


@strawberry.type
class Plain:
    text: str


Either = Annotated[Circle | Plain, strawberry.union("Either")]
Boxes = Annotated[Box[int] | Box[str] | Plain, strawberry.union("Boxes")]


@strawberry.type
class Query:
    shape: Shape | None
    shapes: list[Shape | None]
    told: Told | None
    tolds: list[Told | None]
    either: Either | None
    eithers: list[Either | None]
    box: Box[int]
    text_box: Box[Plain]
    boxes: list[Boxes]
    refusing: Refusing | None
    refusings: list[Refusing | None]
    circle: Circle | None

    @strawberry.field
    def cast(self) -> Shape:
        return strawberry.cast(Circle, SimpleNamespace(name="cast", r=7))

    @strawberry.field
    async def cast_in_union(self) -> list[Either]:
        return [strawberry.cast(Circle, SimpleNamespace(name="cast", r=8)), Plain(text="t")]

    @strawberry.field
    def cast_box(self) -> Box[int]:
        return strawberry.cast(Box, SimpleNamespace(content=5, spare=None))


schema = Schema(query=Query, types=[Circle, Square, Refusing, One, Two])


def named(*names: str) -> list[Any]:
    return [SimpleNamespace(name=each, one=1, two=2) for each in names]


ROOT = SimpleNamespace(
    shape=Circle(name="c"),
    shapes=[
        Circle(name="c", r=3),
        Square(name="s"),
        None,
        SimpleNamespace(name="row", side=4),
        Refusing(name="no"),
        Refusing(name="fails"),
        SimpleNamespace(name="nothing"),
        "text",
        Circle(name="d"),
    ],
    told=named("One")[0],
    tolds=[*named("Two", "One", "Nobody", "Plain", "Circle", "fails", "Told"), None],
    either=Plain(text="p"),
    eithers=[Plain(text="p"), Circle(name="c"), None, Square(name="s"), SimpleNamespace(text="x")],
    box=Box(content=5),
    text_box=Box(content=Plain(text="in"), spare=Plain(text="more")),
    boxes=[Box(content=1), Box(content="a"), Plain(text="p"), Box(content=2, spare=3)],
    refusing=Refusing(name="no"),
    refusings=[Refusing(name=each) for each in ("fine", "no", "fails", "fine")],
    circle=Square(name="s"),
)
CASES = {
    "objects of an interface": Case(
        "{ shape { __typename name ... on Circle { r } ... on Square { side } } }",
        {"shape": {"__typename": "Circle", "name": "c", "r": 1}},
    ),
    "generics": Case(
        """
        { box { content spare __typename }
          textBox { content { text } spare { text } __typename } }
        """,
        {
            "box": {"content": 5, "spare": None, "__typename": "IntBox"},
            "textBox": {
                "content": {"text": "in"},
                "spare": {"text": "more"},
                "__typename": "PlainBox",
            },
        },
    ),
    "generic members of a union": Case(
        """
        { boxes { __typename ... on IntBox { n: content spare } ... on StrBox { s: content }
          ... on Plain { text } } }
        """,
        {
            "boxes": [
                {"__typename": "IntBox", "n": 1, "spare": None},
                {"__typename": "StrBox", "s": "a"},
                {"__typename": "Plain", "text": "p"},
                {"__typename": "IntBox", "n": 2, "spare": 3},
            ]
        },
    ),
    "casts": Case(
        """
        { cast { __typename name ... on Circle { r } }
          castInUnion { __typename ... on Circle { r } ... on Plain { text } }
          castBox { content spare } }
        """,
        {
            "cast": {"__typename": "Circle", "name": "cast", "r": 7},
            "castInUnion": [{"__typename": "Circle", "r": 8}, {"__typename": "Plain", "text": "t"}],
            "castBox": {"content": 5, "spare": None},
        },
    ),
    "an interface that says what an object is": Case(
        "{ told { __typename name ... on One { one } ... on Two { two } } }",
        {"told": {"__typename": "One", "name": "One", "one": 1}},
    ),
    "a type that is said wrongly": Case(
        "{ tolds { name ... on One { one } } }",
        {
            "tolds": [
                {"name": "Two"},
                {"name": "One", "one": 1},
                *[None] * 6,
            ]
        },
        {
            "tolds.2": "Abstract type 'Told' was resolved to a type 'Nobody'"
            " that does not exist inside the schema.",
            "tolds.3": "Runtime Object type 'Plain' is not a possible type for 'Told'.",
            "tolds.4": "Runtime Object type 'Circle' is not a possible type for 'Told'.",
            "tolds.5": "no idea",
            "tolds.6": "Abstract type 'Told' was resolved to a non-object type 'Told'.",
        },
    ),
    "a type that refuses an object": Case(
        "{ refusing { name } circle { name } }",
        {"refusing": None, "circle": {"name": "s"}},
        {"refusing": "Expected value of type 'Refusing' but got: <Refusing instance>."},
    ),
}


@each_of(CASES)
async def test_types(case: Case) -> None:
    await check(schema, case, root=lambda: ROOT)


async def test_some_of_a_list_are_refused() -> None:
    answer = await ask(schema, "{ refusings { name } }", root=lambda: ROOT)
    assert answer.data == {"refusings": [{"name": "fine"}, None, None, {"name": "fine"}]}
    assert answer.errors == {
        "refusings.1": "Expected value of type 'Refusing' but got: <Refusing instance>.",
        "refusings.2": "no idea",
    }


async def test_every_kind_of_object_of_an_interface() -> None:
    document = "{ shapes { __typename name ... on Circle { r } ... on Square { side } } }"
    answer = await ask(schema, document, root=lambda: ROOT)
    shapes = answer.data["shapes"]
    assert [each and each["__typename"] for each in shapes] == [
        "Circle",
        "Square",
        None,
        "Square",
        None,
        None,
        None,
        None,
        "Circle",
    ]
    assert sorted(answer.errors) == [f"shapes.{n}" for n in (4, 5, 6, 7)]
    assert answer.errors["shapes.5"] == "no idea"


async def test_what_is_no_member_of_a_union() -> None:
    document = "{ eithers { __typename ... on Circle { r } ... on Plain { text } } }"
    answer = await ask(schema, document, root=lambda: ROOT)
    assert answer.data["eithers"][:3] == [
        {"__typename": "Plain", "text": "p"},
        {"__typename": "Circle", "r": 1},
        None,
    ]
    assert answer.data["eithers"][3:] == [None, None]
    assert sorted(answer.errors) == ["eithers.3", "eithers.4"]


async def test_a_type_that_depends_on_the_path() -> None:
    root = SimpleNamespace(told=named("path")[0], tolds=named("path", "path"))
    document = "{ told { __typename } tolds { __typename } }"
    answer = await ask(schema, document, root=lambda: root)
    assert answer.data == {"told": {"__typename": "One"}, "tolds": [{"__typename": "Two"}] * 2}
