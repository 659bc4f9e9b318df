"""`@skip` and `@include`: which fields take part."""

import strawberry

from tests.execution.both import Case, Schema, ask, check, each_of


@strawberry.type
class Thing:
    name: str = "thing"
    size: int = 1

    @strawberry.field
    async def inner(self) -> "Thing":
        return Thing(name="inner")

    @strawberry.field
    def failing(self) -> str:
        raise ValueError("resolved although it is skipped")


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing()

    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(), Thing(name="other")]

    @strawberry.field
    def failing(self) -> str:
        raise ValueError("resolved although it is skipped")


schema = Schema(query=Query)

CASES = {
    "literals": Case(
        """
        { thing { a: name @skip(if: true) b: name @skip(if: false)
          c: name @include(if: true) d: name @include(if: false) } }
        """,
        {"thing": {"b": "thing", "c": "thing"}},
    ),
    "variables": Case(
        """
        query ($yes: Boolean!, $no: Boolean!) { thing {
          a: name @skip(if: $yes) b: name @skip(if: $no)
          c: name @include(if: $yes) d: name @include(if: $no) } }
        """,
        {"thing": {"b": "thing", "c": "thing"}},
        variables={"yes": True, "no": False},
    ),
    "variables by default": Case(
        """
        query ($yes: Boolean = true, $no: Boolean! = false) { thing {
          a: name @skip(if: $yes) b: name @skip(if: $no)
          c: name @include(if: $yes) d: name @include(if: $no) } }
        """,
        {"thing": {"b": "thing", "c": "thing"}},
    ),
    "variables against their default": Case(
        "query ($yes: Boolean = true) { thing { name @skip(if: $yes) size @include(if: $yes) } }",
        {"thing": {"name": "thing"}},
        variables={"yes": False},
    ),
    "both at once": Case(
        """
        query ($a: Boolean!) { thing {
          a: name @skip(if: true) @include(if: true)
          b: name @skip(if: false) @include(if: $a)
          c: name @include(if: $a) @skip(if: $a)
          d: name @skip(if: true) @include(if: false) } }
        """,
        {"thing": {"b": "thing"}},
        variables={"a": True},
    ),
    "nothing left of an object": Case(
        "query ($n: Boolean!) { thing { name @include(if: $n) } things { size @skip(if: true) } }",
        {"thing": {}, "things": [{}, {}]},
        variables={"n": False},
    ),
    "nothing left of the root": Case("{ thing @skip(if: true) { name } }", {}),
    "spreads": Case(
        """
        query ($no: Boolean!) { thing { ...f @include(if: $no) ...g @skip(if: $no) } }
        fragment f on Thing { failing } fragment g on Thing { size name }
        """,
        {"thing": {"size": 1, "name": "thing"}},
        variables={"no": False},
    ),
    "a spread that is skipped once and counts at its other place": Case(
        """
        { thing { ...f @skip(if: true) size ...f } }
        fragment f on Thing { name }
        """,
        {"thing": {"size": 1, "name": "thing"}},
    ),
    "inline fragments": Case(
        """
        query ($no: Boolean!) { thing {
          ... @include(if: $no) { failing }
          ... on Thing @skip(if: $no) { name }
          ... @skip(if: $no) { ... @skip(if: true) { failing } size } } }
        """,
        {"thing": {"name": "thing", "size": 1}},
        variables={"no": False},
    ),
    "one of two nodes of the same key": Case(
        """
        { thing @skip(if: true) { failing } thing { name } thing @include(if: true) { size }
          things { name @skip(if: true) size name } }
        """,
        {
            "thing": {"name": "thing", "size": 1},
            "things": [{"size": 1, "name": "thing"}, {"size": 1, "name": "other"}],
        },
    ),
    "a resolver that is skipped is not called": Case(
        "{ failing @skip(if: true) thing { failing @include(if: false) name } }",
        {"thing": {"name": "thing"}},
    ),
    "below what is included": Case(
        """
        query ($a: Boolean!, $b: Boolean!) {
          thing { inner @include(if: $a) {
            name @include(if: $b) size inner { size @skip(if: $b) } } }
        }
        """,
        {"thing": {"inner": {"size": 1, "inner": {"size": 1}}}},
        variables={"a": True, "b": False},
    ),
    "on __typename": Case(
        "{ __typename @skip(if: true) thing { __typename @include(if: true) } }",
        {"thing": {"__typename": "Thing"}},
    ),
}


@each_of(CASES)
async def test_directives(case: Case) -> None:
    await check(schema, case)


NOT_NULL = "Expected variable '$a' provided to non-null type 'Boolean!' not to be None."


async def test_a_condition_that_is_null() -> None:
    """Validation lets a nullable variable with a default pass; null is found when it is used."""
    document = "query ($a: Boolean = true) { thing { name @include(if: $a) size } }"
    reason = "conditions that are not booleans"
    answer = await ask(schema, document, {"a": None}, falls_back=reason)
    assert answer.data is None
    assert answer.errors == {"thing": f"Argument 'if' has invalid value: {NOT_NULL}"}


async def test_the_same_operation_with_every_condition() -> None:
    document = """
        query ($a: Boolean!, $b: Boolean!) {
          thing { name @include(if: $a) ... @skip(if: $b) { size } } }
    """
    for a in (True, False):
        for b in (True, False):
            answer = await ask(schema, document, {"a": a, "b": b})
            expected = ({"name": "thing"} if a else {}) | ({} if b else {"size": 1})
            assert answer.data == {"thing": expected}
