"""Where an error of an operation lands is read off its types."""

from graphql import build_schema, parse

from tests.execution.fuzz_compare import landing
from tests.execution.fuzz_nullable import nullable_positions

SCHEMA = build_schema("""
type Query { a: A, must: A!, any: U, node: N }
type A implements N { id: ID!, b: B!, list: [B]!, strict: [[B!]!], maybe: B }
type B { x: Int!, y: Int }
interface N { id: ID! }
union U = A | B
""")
DOCUMENT = parse("""
query {
  a { other: b { x } ...F }
  must { id }
  any { __typename ... on A { b { x y } } ... on B { x } }
  node { ... { id } ... on A { maybe { x } } }
}
fragment F on A { list { x } strict { x } other: b { y } }
""")


def test_where_errors_land() -> None:
    nullable = nullable_positions(SCHEMA, DOCUMENT)
    assert landing(("a", "other", "x"), nullable) == ("a",)
    assert landing(("a", "other", "y"), nullable) == ("a", "other", "y")
    assert landing(("a", "list", 1, "x"), nullable) == ("a", "list", 1)
    assert landing(("a", "strict", 0, 1, "x"), nullable) == ("a", "strict")
    assert landing(("must", "id"), nullable) == ()
    assert landing(("any", "__typename"), nullable) == ("any",)
    assert landing(("any", "b", "x"), nullable) == ("any",)
    assert landing(("node", "maybe", "x"), nullable) == ("node", "maybe")
    assert landing(("node", "id"), nullable) == ("node",)


def test_a_path_that_the_operation_has_not_lands_nowhere() -> None:
    nullable = nullable_positions(SCHEMA, DOCUMENT)
    assert not nullable(("nowhere",))
    assert not nullable(("a", "nowhere", 0))
