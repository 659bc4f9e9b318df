"""The public schema: committed, described, and as GraphQL's conventions want it."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
)

from schema.root import schema

COMMITTED = Path(__file__).parent.parent / "schema" / "schema.graphql"


def own_types() -> Iterator[tuple[str, object]]:
    for name, kind in schema._schema.type_map.items():
        if not name.startswith("__"):
            yield name, kind


def test_the_committed_sdl_is_the_schema() -> None:
    told = "run `python -m api export-schema` and commit schema/schema.graphql"
    assert COMMITTED.read_text() == schema.as_str() + "\n", told


def test_everything_is_described() -> None:
    silent = []
    for name, kind in own_types():
        if not getattr(kind, "description", None):
            silent.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                if not field.description:
                    silent.append(f"{name}.{field_name}")
                for argument_name, argument in getattr(field, "args", {}).items():
                    if not argument.description:
                        silent.append(f"{name}.{field_name}({argument_name})")
        if isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                if not value.description:
                    silent.append(f"{name}.{value_name}")
    assert silent == []


def test_every_mutation_takes_one_input_and_gives_a_union_with_problems() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        kind = field.type.of_type  # type: ignore[union-attr]
        assert isinstance(kind, GraphQLUnionType), name
        problems = {
            each.name for each in kind.types if "Problem" in {i.name for i in each.interfaces}
        }
        # A deadlock that outlives its retries is a conflict, a policy's refusal is not found.
        expected = {"SignInProblem"} if name == "signIn" else {"ConflictProblem", "NotFoundProblem"}
        assert expected <= problems, f"{name} cannot say what is wrong"


def test_connections_take_first_and_after() -> None:
    for name, kind in own_types():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for field_name, field in kind.fields.items():
            target = str(field.type).strip("!")
            if target.endswith("Connection"):
                assert {"first", "after"} <= set(field.args), f"{name}.{field_name}"
