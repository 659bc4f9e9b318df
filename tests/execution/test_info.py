"""What resolvers learn from `info`."""

from typing import Any

import strawberry
from strawberry.types.nodes import FragmentSpread, InlineFragment, SelectedField

from tests.execution.both import Schema, ask


def names(selections: list[Any]) -> list[Any]:
    """Fields as names, or (alias, name, arguments, what is below)."""
    shown: list[Any] = []
    for each in selections:
        match each:
            case SelectedField(selections=[], alias=None, arguments={}):
                shown.append(each.name)
            case SelectedField():
                shown.append([each.alias, each.name, each.arguments, names(each.selections)])
            case FragmentSpread():
                shown.append([f"...{each.name}", names(each.selections)])
            case InlineFragment():
                shown.append([f"... on {each.type_condition}", names(each.selections)])
    return shown


def told(info: strawberry.Info) -> dict[str, Any]:
    """All that can be written down of it."""
    raw = info._raw_info
    return {
        "field": info.field_name,
        "python": info.python_name,
        "path": raw.path.as_list(),
        "types on the path": types_on(raw.path),
        "parent": str(raw.parent_type),
        "returns": str(raw.return_type),
        "python type": str(info.return_type),
        "variables": info.variable_values,
        "raw variables": raw.variable_values,
        "operation": raw.operation.name and raw.operation.name.value,
        "kind": raw.operation.operation.value,
        "fragments": sorted(raw.fragments),
        "root": info.root_value,
        "context": info.context["who"],
        "nodes": [each.loc.start for each in raw.field_nodes if each.loc],
        "selected": names(info.selected_fields),
        "extensions": info.input_extensions,
        "query": info.query is not None,
        "schema": isinstance(info.schema, Schema) and info.schema._schema is raw.schema,
        "argument": info.get_argument_definition("note") is not None,
        "awaitable": raw.is_awaitable(5),
        "abort signal": raw.abort_signal,
    }


def types_on(path: Any) -> list[str | None]:
    found = []
    while path:
        found.append(path.typename)
        path = path.prev
    return found[::-1]


def tell(info: strawberry.Info) -> None:
    info.context["told"].append(told(info))


@strawberry.interface
class Telling:
    @strawberry.field
    def plain(self, info: strawberry.Info) -> str:
        tell(info)
        return "plain"


@strawberry.type
class Thing(Telling):
    n: int

    @strawberry.field
    async def later(self, info: strawberry.Info, note: str = "n") -> str:
        tell(info)
        return note

    @strawberry.field
    def inner(self, info: strawberry.Info) -> "Thing | None":
        tell(info)
        return Thing(n=self.n + 1)

    @strawberry.field
    async def table(self, info: strawberry.Info) -> list[list["Thing | None"]]:
        tell(info)
        return [[Thing(n=1), None], [], [Thing(n=3)]]


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: strawberry.Info, note: str | None = None) -> Thing:
        tell(info)
        return Thing(n=0)

    @strawberry.field
    async def things(self, info: strawberry.Info) -> list[Telling]:
        tell(info)
        return [Thing(n=1), Thing(n=2)]


schema = Schema(query=Query)


async def heard(document: str, variables: Any = None, **given: Any) -> list[dict[str, Any]]:
    """What the resolvers of an operation are told: the same under both, in whatever order."""
    contexts: list[dict[str, Any]] = []

    def context() -> dict[str, Any]:
        contexts.append({"who": "me", "told": []})
        return contexts[-1]

    answer = await ask(
        schema, document, variables, context=context, root=lambda: {"the": "root"}, **given
    )
    assert answer.errors == {}
    heard = [
        sorted(each["told"], key=lambda one: [str(key) for key in one["path"]]) for each in contexts
    ]
    assert len(heard) < 2 or heard[0] == heard[1]
    return heard[-1]


async def test_of_a_root_field() -> None:
    document = 'query named ($v: String = "d") { a: thing(note: $v) { plain ... on Thing { n } } }'
    one, _ = await heard(document)
    assert one == {
        "field": "thing",
        "python": "thing",
        "path": ["a"],
        "types on the path": ["Query"],
        "parent": "Query",
        "returns": "Thing!",
        "python type": str(Thing),
        "variables": {"v": "d"},
        "raw variables": {"v": "d"},
        "operation": "named",
        "kind": "query",
        "fragments": [],
        "root": {"the": "root"},
        "context": "me",
        "nodes": [33],
        "selected": [["a", "thing", {"note": "d"}, ["plain", ["... on Thing", ["n"]]]]],
        "extensions": None,
        "query": True,
        "schema": True,
        "argument": True,
        "awaitable": False,
        "abort signal": None,
    }


async def test_paths_in_lists() -> None:
    all_told = await heard("{ things { ... on Thing { t: table { inner { later } } } plain } }")
    paths = {".".join(map(str, each["path"])) for each in all_told}
    inner = {f"things.{n}.t.{at}.inner" for n in (0, 1) for at in ("0.0", "2.0")}
    assert paths == {
        "things",
        *(f"things.{n}.{field}" for n in (0, 1) for field in ("t", "plain")),
        *inner,
        *(f"{each}.later" for each in inner),
    }
    deepest = next(each for each in all_told if len(each["path"]) == 7)
    assert deepest["types on the path"] == ["Query", None, "Thing", None, None, "Thing", "Thing"]


async def test_every_node_of_a_key() -> None:
    told = await heard(
        """
        { thing { inner { n } ...f } }
        fragment f on Thing { inner { plain inner { n } } }
        """
    )
    inner = next(each for each in told if each["path"] == ["thing", "inner"])
    assert len(inner["nodes"]) == 2
    assert inner["fragments"] == ["f"]
    assert [each[1] for each in inner["selected"]] == ["inner", "inner"]


async def test_variables_are_what_the_operation_was_given() -> None:
    document = "query ($v: String!) { thing(note: $v) { plain later(note: $v) } }"
    for value in ("x", "y"):
        told = await heard(document, {"v": value})
        assert [each["variables"] for each in told] == [{"v": value}] * 3


async def test_the_same_field_of_an_interface_and_by_its_type() -> None:
    told = await heard("{ things { plain } thing { plain } }")
    plain = [each for each in told if each["field"] == "plain"]
    assert [(each["parent"], each["path"][0]) for each in plain] == [
        ("Thing", "thing"),
        ("Thing", "things"),
        ("Thing", "things"),
    ]
