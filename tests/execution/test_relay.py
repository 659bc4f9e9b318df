"""Relay: global ids, however a type makes them, and connections."""

from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.relay import to_base64

from tests.execution.both import Case, Schema, ask, check, each_of


@strawberry.type
class Usual(relay.Node):
    code: relay.NodeID[str]
    name: str = "usual"

    @classmethod
    def resolve_nodes(
        cls, *, info: strawberry.Info, node_ids: Iterable[str], required: bool = False
    ) -> list["Usual | None"]:
        return [Usual(code=each) if each != "gone" else None for each in node_ids]


@strawberry.type
class Numbered(relay.Node):
    n: relay.NodeID[int]


@strawberry.type
class Unique(relay.Node):
    uuid: relay.NodeID[UUID]


@strawberry.type
class OwnId(relay.Node):
    a: int
    b: int

    @classmethod
    def resolve_id(cls, root: Any, *, info: strawberry.Info) -> str:
        return f"{root.a}/{root.b}"


@strawberry.type
class LateId(relay.Node):
    a: int

    @classmethod
    async def resolve_id(cls, root: Any, *, info: strawberry.Info) -> str:
        return f"late {root.a}"


@strawberry.type
class OwnName(relay.Node):
    code: relay.NodeID[str]

    @classmethod
    def resolve_typename(cls, root: Any, info: strawberry.Info) -> str:
        return "Another"


class Inheriting(Usual):
    """Not a GraphQL type of its own: an object of the type `Usual` all the same."""

    @classmethod
    def resolve_id(cls, root: Any, *, info: strawberry.Info) -> str:
        return f"inherited {root.code}"


USUAL = [Usual(code=each) for each in "abcde"]


@strawberry.type
class Query:
    node: relay.Node | None = relay.node()
    nodes: list[relay.Node | None] = relay.node()

    usual: Usual | None
    usuals: list[Usual | None]
    numbered: Numbered | None
    unique: Unique | None
    own_id: OwnId
    late_ids: list[LateId]
    own_name: OwnName
    any_nodes: list[relay.Node]

    @relay.connection(relay.ListConnection[Usual])
    def connection(self) -> list[Usual]:
        return USUAL

    @relay.connection(relay.ListConnection[Usual])
    async def streamed(self) -> AsyncIterator[Usual]:
        for each in USUAL:
            yield each

    @strawberry.field
    def by_hand(self) -> relay.Connection[Usual]:
        edges = [relay.Edge(node=each, cursor=each.code) for each in USUAL[:2]]
        page = relay.PageInfo(
            has_next_page=True, has_previous_page=False, start_cursor="a", end_cursor="b"
        )
        return relay.Connection(page_info=page, edges=edges)

    @strawberry.field
    def echo(self, id: relay.GlobalID) -> str:
        return f"{id.type_name} {id.node_id}"


schema = Schema(query=Query)


def given(**attributes: Any) -> Any:
    return lambda: SimpleNamespace(**attributes)


def gid(kind: str, code: Any) -> str:
    return to_base64(kind, str(code))


PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def cursor(n: int) -> str:
    return to_base64("arrayconnection", str(n))


CASES = {
    "a node by its id": Case(
        "query ($id: ID!, $gone: ID!) { node(id: $id) { __typename id ... on Usual { name } }"
        " gone: node(id: $gone) { id } echo(id: $id) }",
        {
            "node": {"__typename": "Usual", "id": gid("Usual", "k"), "name": "usual"},
            "gone": None,
            "echo": "Usual k",
        },
        {},
        {"id": gid("Usual", "k"), "gone": gid("Usual", "gone")},
    ),
    "nodes by their ids": Case(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        {"nodes": [{"id": gid("Usual", "x")}, {"id": gid("Usual", "y")}]},
        {},
        {"ids": [gid("Usual", "x"), gid("Usual", "y")]},
    ),
    "a connection": Case(
        f"{{ connection(first: 2) {{ edges {{ cursor node {{ id name }} }} {PAGE} }} }}",
        {
            "connection": {
                "edges": [
                    {"cursor": cursor(n), "node": {"id": gid("Usual", each), "name": "usual"}}
                    for n, each in enumerate("ab")
                ],
                "pageInfo": {
                    "hasNextPage": True,
                    "hasPreviousPage": False,
                    "startCursor": cursor(0),
                    "endCursor": cursor(1),
                },
            }
        },
    ),
    "the rest of a connection": Case(
        "query ($after: String) { connection(first: 9, after: $after) { edges { node { id } }"
        " pageInfo { hasNextPage } __typename } }",
        {
            "connection": {
                "edges": [{"node": {"id": gid("Usual", each)}} for each in "de"],
                "pageInfo": {"hasNextPage": False},
                "__typename": "UsualConnection",
            }
        },
        {},
        {"after": cursor(2)},
    ),
    "a connection of a stream": Case(
        "{ streamed(first: 1) { edges { node { id } } pageInfo { hasNextPage } } }",
        {
            "streamed": {
                "edges": [{"node": {"id": gid("Usual", "a")}}],
                "pageInfo": {"hasNextPage": True},
            }
        },
    ),
    "a connection made by hand": Case(
        f"{{ byHand {{ edges {{ __typename cursor node {{ id }} }} {PAGE} }} }}",
        {
            "byHand": {
                "edges": [
                    {"__typename": "UsualEdge", "cursor": each, "node": {"id": gid("Usual", each)}}
                    for each in "ab"
                ],
                "pageInfo": {
                    "hasNextPage": True,
                    "hasPreviousPage": False,
                    "startCursor": "a",
                    "endCursor": "b",
                },
            }
        },
    ),
}


@each_of(CASES)
async def test_relay(case: Case) -> None:
    await check(schema, case)


async def test_ids_of_every_kind() -> None:
    root = given(
        usual=Usual(code="é:x"),
        numbered=Numbered(n=7),
        unique=Unique(uuid=UUID(int=9)),
        own_id=OwnId(a=1, b=2),
        late_ids=[LateId(a=1), LateId(a=2)],
        own_name=OwnName(code="c"),
        any_nodes=[Usual(code="u"), OwnId(a=3, b=4), Numbered(n=5), LateId(a=6), Usual(code="v")],
    )
    document = """
        { usual { id } numbered { id } unique { id } ownId { id a } lateIds { id a }
          ownName { id } anyNodes { id } }
    """
    answer = await ask(schema, document, root=root)
    assert answer.errors == {}
    assert answer.data == {
        "usual": {"id": gid("Usual", "é:x")},
        "numbered": {"id": gid("Numbered", 7)},
        "unique": {"id": gid("Unique", UUID(int=9))},
        "ownId": {"id": gid("OwnId", "1/2"), "a": 1},
        "lateIds": [{"id": gid("LateId", f"late {n}"), "a": n} for n in (1, 2)],
        "ownName": {"id": gid("Another", "c")},
        "anyNodes": [
            {"id": gid("Usual", "u")},
            {"id": gid("OwnId", "3/4")},
            {"id": gid("Numbered", 5)},
            {"id": gid("LateId", "late 6")},
            {"id": gid("Usual", "v")},
        ],
    }


async def test_ids_of_unusual_objects() -> None:
    """No id, an id of another class, a subclass with its own, beside usual ones."""
    usuals = [
        Usual(code="a"),
        None,
        Usual(code=None),  # type: ignore[arg-type]
        Usual(code=5),  # type: ignore[arg-type]
        Inheriting(code="b"),
        Usual(code=True),  # type: ignore[arg-type]
        Usual(code="\ud800"),
        Usual(code=b"bytes"),  # type: ignore[arg-type]
    ]
    answer = await ask(schema, "{ usuals { id name } }", root=given(usuals=usuals))
    assert [each and each["id"] for each in answer.data["usuals"]] == [
        gid("Usual", "a"),
        None,
        None,
        gid("Usual", 5),
        gid("Usual", "inherited b"),
        gid("Usual", True),
        None,
        gid("Usual", b"bytes"),
    ]
    assert sorted(answer.errors) == ["usuals.2.id", "usuals.6.id"]


async def test_an_object_that_is_no_node() -> None:
    """An interface's type refuses it, unless it is cast."""
    rows = [strawberry.cast(Usual, SimpleNamespace(code="r", name="row"))]
    answer = await ask(
        schema, "{ usuals { id name } anyNodes { id } }", root=given(usuals=rows, any_nodes=rows)
    )
    assert answer.data == {
        "usuals": [{"id": gid("Usual", "r"), "name": "row"}],
        "anyNodes": [{"id": gid("Usual", "r")}],
    }
    answer = await ask(
        schema, "{ usuals { id } }", root=given(usuals=[SimpleNamespace(code="r"), USUAL[0]])
    )
    assert answer.data == {"usuals": [None, {"id": gid("Usual", "a")}]}


async def test_an_id_that_is_none() -> None:
    answer = await ask(
        schema, "query ($id: ID!) { node(id: $id) { id } }", {"id": "rubbish"}, several=True
    )
    assert answer.data == {"node": None}
