"""How far an error, or a null that cannot be, nulls what is above it."""

from types import SimpleNamespace
from typing import Annotated, Any

import strawberry

from tests.execution.both import Case, Schema, ask, check, each_of

BOOM = ValueError("boom")
NULL = "Cannot return null for non-nullable field {}."


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Node(Named):
    """Every way to lead to another node, and to fail."""

    name: str = "node"

    @strawberry.field
    def maybe(self) -> "Node | None":
        return Node()

    @strawberry.field
    def sure(self) -> "Node":
        return Node()

    @strawberry.field
    async def maybe_later(self) -> "Node | None":
        return Node()

    @strawberry.field
    async def sure_later(self) -> "Node":
        return Node()

    @strawberry.field
    def maybes(self) -> list["Node | None"]:
        return [Node(name="a"), Node(name="b")]

    @strawberry.field
    async def sures(self) -> list["Node"] | None:
        return [Node(name="a"), Node(name="b")]

    @strawberry.field
    def named(self) -> Named | None:
        return Node()

    @strawberry.field
    def surely_named(self) -> Named:
        return Node()

    @strawberry.field
    def either(self) -> Annotated["Node | Other", strawberry.union("Either")] | None:
        return Node()

    @strawberry.field
    def fails(self) -> str | None:
        raise BOOM

    @strawberry.field
    async def fails_later(self) -> str | None:
        raise BOOM

    @strawberry.field
    def fails_hard(self) -> str:
        raise BOOM

    @strawberry.field
    async def fails_hard_later(self) -> str:
        raise BOOM

    @strawberry.field
    def fails_in_b(self) -> str:
        if self.name == "b":
            raise BOOM
        return self.name

    @strawberry.field
    async def null_in_b(self) -> str:
        return self.name if self.name != "b" else None  # type: ignore[return-value]

    @strawberry.field
    def null(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def null_node(self) -> "Node":
        return None  # type: ignore[return-value]


@strawberry.type
class Other:
    x: int


@strawberry.type
class Query(Node):
    name: str = "root"


schema = Schema(query=Query)

CASES = {
    "a field that can be null": Case(
        "{ name fails maybe { fails name } }",
        {"name": "node", "fails": None, "maybe": {"fails": None, "name": "node"}},
        {"fails": "boom", "maybe.fails": "boom"},
    ),
    "the same, later": Case(
        "{ failsLater maybeLater { failsLater name } }",
        {"failsLater": None, "maybeLater": {"failsLater": None, "name": "node"}},
        {"failsLater": "boom", "maybeLater.failsLater": "boom"},
    ),
    "the object": Case(
        "{ maybe { name failsHard } sure { name } }",
        {"maybe": None, "sure": {"name": "node"}},
        {"maybe.failsHard": "boom"},
    ),
    "the object, later": Case(
        "{ maybeLater { name failsHardLater } sure { name } }",
        {"maybeLater": None, "sure": {"name": "node"}},
        {"maybeLater.failsHardLater": "boom"},
    ),
    "several objects up": Case(
        "{ maybe { sure { sureLater { name null } } } name }",
        {"maybe": None, "name": "node"},
        {"maybe.sure.sureLater.null": NULL.format("Node.null")},
    ),
    "an object that cannot be null": Case(
        "{ maybe { nullNode { name } } sure { maybe { nullNode { name } } } }",
        {"maybe": None, "sure": {"maybe": None}},
        {
            "maybe.nullNode": NULL.format("Node.nullNode"),
            "sure.maybe.nullNode": NULL.format("Node.nullNode"),
        },
    ),
    "an item": Case(
        "{ maybes { failsInB } }",
        {"maybes": [{"failsInB": "a"}, None]},
        {"maybes.1.failsInB": "boom"},
    ),
    "a list": Case(
        "{ sures { name nullInB } name }",
        {"sures": None, "name": "node"},
        {"sures.1.nullInB": NULL.format("Node.nullInB")},
    ),
    "lists in lists": Case(
        "{ maybes { name sures { failsInB } maybes { nullInB } } }",
        {
            "maybes": [
                {"name": each, "sures": None, "maybes": [{"nullInB": "a"}, None]} for each in "ab"
            ]
        },
        {
            **{f"maybes.{n}.sures.1.failsInB": "boom" for n in range(2)},
            **{f"maybes.{n}.maybes.1.nullInB": NULL.format("Node.nullInB") for n in range(2)},
        },
    ),
    "through lists that cannot be null": Case(
        "{ maybe { sure { maybes { sures { sure { name } } } } } }",
        {
            "maybe": {
                "sure": {"maybes": [{"sures": [{"sure": {"name": "node"}}] * 2} for _ in "ab"]}
            }
        },
    ),
    "through fragments": Case(
        """
        { maybe { ...f } maybes { ...f } }
        fragment f on Node { sure { ...g } failsInB } fragment g on Node { name maybe { null } }
        """,
        {
            "maybe": {"sure": {"name": "node", "maybe": None}, "failsInB": "node"},
            "maybes": [{"sure": {"name": "node", "maybe": None}, "failsInB": "a"}, None],
        },
        {
            "maybe.sure.maybe.null": NULL.format("Node.null"),
            "maybes.0.sure.maybe.null": NULL.format("Node.null"),
            "maybes.1.sure.maybe.null": NULL.format("Node.null"),
            "maybes.1.failsInB": "boom",
        },
        several=True,
    ),
    "through an interface": Case(
        """
        { named { name ... on Node { failsHard } }
          maybe { surelyNamed { ... on Node { null } } } }
        """,
        {"named": None, "maybe": None},
        {"named.failsHard": "boom", "maybe.surelyNamed.null": NULL.format("Node.null")},
    ),
    "through a union": Case(
        "{ either { ... on Node { sure { nullInB failsHard } } ... on Other { x } } }",
        {"either": None},
        {"either.sure.failsHard": "boom"},
    ),
    "the root": Case("{ name failsHard }", None, {"failsHard": "boom"}),
    "the root, later": Case("{ name failsHardLater }", None, {"failsHardLater": "boom"}),
    "the root, from below": Case(
        "{ name sure { surelyNamed { ... on Node { sureLater { null } } } } }",
        None,
        {"sure.surelyNamed.sureLater.null": NULL.format("Node.null")},
    ),
    "by aliases": Case(
        "{ x: maybe { y: sure { z: null } } a: fails b: fails }",
        {"x": None, "a": None, "b": None},
        {"x.y.z": NULL.format("Node.null"), "a": "boom", "b": "boom"},
    ),
    "siblings each have their own": Case(
        "{ fails failsLater maybe { fails failsLater sure { fails } } named { name } }",
        {
            "fails": None,
            "failsLater": None,
            "maybe": {"fails": None, "failsLater": None, "sure": {"fails": None}},
            "named": {"name": "node"},
        },
        {
            "fails": "boom",
            "failsLater": "boom",
            "maybe.fails": "boom",
            "maybe.failsLater": "boom",
            "maybe.sure.fails": "boom",
        },
    ),
    "one error at two nodes of a key": Case(
        "{ maybe { fails } maybe { name fails } }",
        {"maybe": {"fails": None, "name": "node"}},
        {"maybe.fails": "boom"},
    ),
}


@each_of(CASES)
async def test_nulls(case: Case) -> None:
    await check(schema, case, root=Node)


SEVERAL = [
    "{ maybe { failsHard null } name }",
    "{ maybe { null failsHardLater } name }",
    "{ maybe { fails sure { fails null } failsHard } name }",
    "{ maybe { failsHardLater sureLater { failsHardLater failsHard } } }",
    "{ maybes { fails sure { null } failsHard } }",
    "{ sures { failsInB nullInB failsHard } }",
    "{ maybes { sures { failsHard } sure { sures { null } failsHardLater } } }",
    "{ failsHard null sure { null } failsHardLater }",
    "{ fails maybe { failsHard } sure { maybe { null } sure { failsHard } } }",
]


async def test_several_errors_below_what_is_nulled() -> None:
    for document in SEVERAL:
        await ask(schema, document, root=Node, several=True)


async def test_locations_of_every_node_of_a_key() -> None:
    answer = await ask(schema, "{ maybe { name }\n maybe { a: fails\n a: fails } }", root=Node)
    (fault,) = answer.faults
    assert (fault.path, fault.locations) == ("maybe.a", ((2, 10), (3, 2)))


async def test_locations_through_fragments() -> None:
    document = "{ maybe { ...f fails } }\nfragment f on Node { fails }"
    answer = await ask(schema, document, root=Node)
    (fault,) = answer.faults
    assert fault.locations == ((2, 22), (1, 16))


@strawberry.type
class Deep:
    down: "Deep"
    n: int


@strawberry.type
class DeepQuery:
    top: Deep | None


async def test_from_far_below() -> None:
    """A null that cannot be, forty objects below the one that can."""
    depth = 40

    def root() -> Any:
        found = SimpleNamespace(n=None)
        for _ in range(depth):
            found = SimpleNamespace(down=found, n=1)
        return SimpleNamespace(top=found)

    document = "{ top { " + "n down { " * depth + "n" + " }" * depth + " } }"
    answer = await ask(Schema(query=DeepQuery), document, root=root)
    assert answer.data == {"top": None}
    assert answer.errors == {f"top.{'down.' * depth}n": NULL.format("Deep.n")}
