"""Every root field, asked by every kind of caller. What a caller lacks the permission for is
refused before anything happens, and nothing is written.

The fields and their arguments come from the schema, so that a new field cannot be forgotten; that
the permitted see and change only their own is tested in the folder of each domain.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry.types.base import StrawberryObjectDefinition

from schema.access.rules import NOBODY, Actor, ActorKind, Permission, Role
from schema.fields import Open
from schema.root import schema
from tests.actors import actor_with, everywhere, partner_of, person_in
from tests.asking import Asking
from tests.franchise import Franchise
from tests.test_architecture import stated

SCALARS: dict[str, Any] = {
    "Boolean": True,
    "Date": "2030-01-07",
    "DateTime": "2030-01-07T10:00:00Z",
    "Decimal": "1.0",
    "Float": 1.0,
    "ID": "Q2xpbmljOjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA==",
    "Int": 1,
    "JSON": {},
    "String": "nothing",
}


def value_for(kind: Any) -> Any:
    """Some value that the type allows."""
    if isinstance(kind, GraphQLNonNull):
        return value_for(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [value_for(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        required = {k: v for k, v in kind.fields.items() if is_required_input_field(v)}
        wanted = required or dict([next(iter(kind.fields.items()))])  # of a @oneOf just one
        return {name: value_for(field.type) for name, field in wanted.items()}
    return SCALARS[kind.name]


def operation(root: GraphQLObjectType, name: str) -> tuple[str, dict[str, Any]]:
    """An operation that asks just this field, and its variables."""
    field = root.fields[name]
    wanted = {k: v for k, v in field.args.items() if is_required_argument(v)}
    declared = ", ".join(f"${k}: {v.type}" for k, v in wanted.items())
    passed = ", ".join(f"{k}: ${k}" for k in wanted)
    target = field.type
    while isinstance(target, GraphQLNonNull | GraphQLList):
        target = target.of_type
    selection = "" if is_leaf_type(target) else " { __typename }"
    head = f"{root.name.lower()}({declared})" if declared else root.name.lower()
    body = f"{name}({passed})" if passed else name
    variables = {k: value_for(v.type) for k, v in wanted.items()}
    return f"{head} {{ {body}{selection} }}", variables


def root_fields() -> list[tuple[str, str]]:
    graphql = schema._schema
    roots = (graphql.query_type, graphql.mutation_type, graphql.subscription_type)
    return [(root.name, name) for root in roots if root for name in root.fields]


def permission_of(root: str, name: str) -> Permission | None:
    """What the field requires; None where it is open."""
    definition = schema.schema_converter.type_map[root].definition
    assert isinstance(definition, StrawberryObjectDefinition)
    converter = schema.config.name_converter
    field = next(each for each in definition.fields if converter.get_graphql_name(each) == name)
    permitted = stated(field)
    return None if isinstance(permitted, Open) else permitted.permission  # type: ignore[union-attr]


CALLERS = ("nobody", "partner", "other clinic", "own clinic", "analyst", "hq", "all but this")


def caller(kind: str, franchise: Franchise, permission: Permission | None) -> Actor:
    return {
        "nobody": NOBODY,
        "partner": partner_of([franchise.raleigh.id]),
        "other clinic": person_in(Role.FRONT_DESK, [franchise.london.id]),
        "own clinic": person_in(Role.CLINIC_MANAGER, [franchise.raleigh.id]),
        "analyst": everywhere(Role.HQ_ANALYST),
        "hq": everywhere(Role.HQ_ADMINISTRATOR),
        "all but this": actor_with(None, *(set(Permission) - {permission})),
    }[kind]


@pytest.mark.parametrize(("root", "name"), root_fields(), ids=lambda each: each)
async def test_a_root_field_refuses_whoever_lacks_its_permission(
    ask: Asking, franchise: Franchise, root: str, name: str
) -> None:
    permission = permission_of(root, name)
    query, variables = operation(schema._schema.type_map[root], name)  # type: ignore[arg-type]
    callers = {kind: caller(kind, franchise, permission) for kind in CALLERS}
    refused = {
        kind: actor
        for kind, actor in callers.items()
        if permission is not None and not actor.scope(permission)
    }
    assert permission is None or {"nobody", "all but this"} <= set(refused)
    asking = ask.first if root == "Subscription" else ask
    before = await ask.counts()
    for kind, actor in refused.items():
        answer = await asking(actor, query, **variables)
        expected = "UNAUTHENTICATED" if actor.kind is ActorKind.NOBODY else "FORBIDDEN"
        assert answer.codes == [expected], (kind, answer)
        assert answer.data is None or answer.data == {name: None}
    assert await ask.counts() == before
    for kind in set(callers) - set(refused):
        answer = await asking(callers[kind], query, **variables)
        assert set(answer.codes) <= {"BAD_REQUEST"}, (kind, answer)
