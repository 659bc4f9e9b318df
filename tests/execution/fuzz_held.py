"""What the database holds that queries can name: ids, codes, cursors. Harvested once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry import relay

from schema.base import tables
from schema.fields import NODES

#: Where the table of a type is not called as the type is.
TABLES = {
    "AdoptedAddOn": "clinic_protocol_add_ons",
    "AuditEntry": "events",
    "PinnedVersion": "clinic_protocol_pins",
}
MOST = 40

#: Asks a query as somebody who sees everything; gives its data.
Ask = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, repr=False)
class Held:
    """Global ids and codes by type; cursors by field, as `Clinic.rooms`; texts by what they name.

    In an order that is the same in every run, so that an example drawn once finds the same rows.
    """

    now: datetime
    ids: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def any_id(self) -> list[str]:
        return [each for ids in self.ids.values() for each in ids[:3]]

    @property
    def any_code(self) -> list[str]:
        return [each for codes in self.codes.values() for each in codes[:3]]


async def harvest(
    admin: asyncpg.Connection, now: datetime, schema: GraphQLSchema, ask: Ask
) -> Held:
    """All that is worth naming."""
    held = Held(now)
    by_class = {row.__name__: name for name, row in tables().items()}
    for kind in NODES:
        table = TABLES.get(kind) or by_class[f"{kind}Row"]
        columns = tables()[table].__table__.columns  # type: ignore[attr-defined]
        code = "code" if "code" in columns else "null"
        # Those that say most come first: hypothesis likes the first best.
        rows = await admin.fetch(
            f"select id, {code} as code from {table} as row"
            f" order by length(row::text) desc, id limit {MOST}"
        )
        held.ids[kind] = [str(relay.GlobalID(kind, str(row["id"]))) for row in rows]
        held.codes[kind] = [row["code"] for row in rows if row["code"]]
    held.texts["name"] = await _column(admin, "select distinct name from events order by 1")
    held.texts["externalReference"] = await _column(
        admin, "select external_reference from appointments where external_reference is not null"
    )
    for query in (*_roots(schema), *_nested(schema, held)):
        _note(held, await ask(query))
    return held


async def _column(admin: asyncpg.Connection, query: str) -> list[str]:
    return [row[0] for row in await admin.fetch(f"{query} limit {MOST}")]


def paged(kind: GraphQLObjectType) -> list[str]:
    """The fields that lead to a connection and need no arguments."""
    return [
        name
        for name, each in kind.fields.items()
        if get_named_type(each.type).name.endswith("Connection") and "after" in each.args
    ]


def _roots(schema: GraphQLSchema) -> list[str]:
    assert schema.query_type is not None
    return [
        f"{{ Query_{name}: {name}(first: 5) {{ edges {{ cursor }} }} }}"
        for name in paged(schema.query_type)
    ]


def _nested(schema: GraphQLSchema, held: Held) -> list[str]:
    """For each type, its connections from a few of its objects."""
    queries = []
    for kind, ids in held.ids.items():
        names = paged(schema.type_map[kind])  # type: ignore[arg-type]  # every node is an object
        fields = " ".join(f"{kind}_{n}: {n}(first: 4) {{ edges {{ cursor }} }}" for n in names)
        if names and ids:
            wanted = ", ".join(f'"{each}"' for each in ids[:10])
            queries.append(f"{{ nodes(ids: [{wanted}]) {{ ... on {kind} {{ {fields} }} }} }}")
    return queries


def _note(held: Held, data: Any) -> None:
    """Keep the cursors below every key that names a field, as `Clinic_rooms`."""
    if isinstance(data, list):
        for each in data:
            _note(held, each)
    elif isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, dict) and "edges" in value:
                cursors = held.cursors.setdefault(key.replace("_", "."), [])
                cursors += [each["cursor"] for each in value["edges"]]
            else:
                _note(held, value)
