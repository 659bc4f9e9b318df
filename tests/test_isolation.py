"""One clinic's rows never reach another's people, at either wall alone.

Generated from the tables and from the schema, on the demo franchise: every table of tenants, every
batch function, every object by its id, every root list. And the proof that these tests can fail:
with the filters off and the policies of one table off, that table's test goes red.
"""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from graphql import is_required_argument
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry import relay

from api.migrations import metadata
from schema.access.rules import SYSTEM, Actor
from schema.base import tables
from schema.fields import NODES
from schema.root import schema
from schema.scope import EVERYWHERE, Scope
from tests.asking import Asking
from tests.batches import Reach, reaches
from tests.demo import Demo
from tests.walls import filters_off, policies

metadata()
TENANTS = sorted(name for name, row in tables().items() if row.kind.name == "tenant")


def clinic_column(table: str) -> Any:
    columns = tables()[table].__table__.columns  # type: ignore[attr-defined]
    return columns["id"] if table == "clinics" else columns["clinic_id"]


async def clinics_of_rows(engine: AsyncEngine, table: str, actor: Actor) -> set[UUID | None]:
    """The clinics whose rows of `table` the actor's own query brings."""
    column = clinic_column(table)
    query = select(column).where(actor.reach().where(column)).distinct()
    async with engine.execution_options(actor=actor).connect() as connection:
        return set(await connection.scalars(query))


@pytest.mark.isolation
@pytest.mark.parametrize("table", TENANTS)
async def test_a_table_shows_a_clinic_its_own_rows(demo: Demo, table: str) -> None:
    everything = await clinics_of_rows(demo.engine, table, SYSTEM)
    assert demo.clinic.id in everything, "the demo has rows of this clinic"
    assert everything - {demo.clinic.id, None}, "the demo has rows of another clinic"
    seen = await clinics_of_rows(demo.engine, table, demo.manager)
    assert seen == {demo.clinic.id}


@pytest.mark.parametrize("table", TENANTS)
async def test_the_test_of_a_table_goes_red_without_its_walls(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, demo_admin: asyncpg.Connection, table: str
) -> None:
    filters_off(monkeypatch)
    await policies(demo_admin, table, on=False)
    try:
        seen = await clinics_of_rows(demo.engine, table, demo.manager)
    finally:
        await policies(demo_admin, table, on=True)
    assert seen - {demo.clinic.id}, "without its policies the table must leak"


#: What is about people whom a clinic does not employ, and what is HQ's alone.
OF_OTHERS = " union all ".join(
    [
        *(
            f"select id from {table} where practitioner_id not in"
            " (select practitioner_id from practitioner_assignments where clinic_id = :own)"
            for table in ("certifications", "credentials", "time_off")
        ),
        "select id from api_keys",
    ]
)
#: What all clinics share, so that nothing of it is foreign.
SHARED = {
    "DeviceModel",
    "Jurisdiction",
    "JurisdictionOverlay",
    "JurisdictionOverlayVersion",
    "Prerequisite",
    "ProtocolTemplate",
    "ProtocolVersion",
    "Region",
    "ScopeRule",
}


async def foreign_keys(engine: AsyncEngine, own: UUID) -> list[UUID]:
    """Every id in a row of another clinic, less what all share: whatever may be asked for."""
    found: set[UUID] = set()
    async with engine.execution_options(actor=SYSTEM).connect() as connection:
        for table in TENANTS:
            columns = tables()[table].__table__.columns  # type: ignore[attr-defined]
            ids = [each for each in columns if each.type.__class__.__name__ in ("UUID", "Uuid")]
            column = clinic_column(table)
            for row in await connection.execute(select(*ids).where(column != own)):
                found.update(each for each in row if each is not None)
            for row in await connection.execute(select(*ids).where(column == own)):
                found.difference_update(row)
        found.update(await connection.scalars(text(OF_OTHERS), {"own": own}))
        for row in tables().values():
            if row.kind.name == "shared":
                found.difference_update(await connection.scalars(select(row.id)))  # type: ignore[call-overload]
    return sorted(found)


async def foreign_numbers(engine: AsyncEngine, own: UUID) -> list[int]:
    """Every room's and device's number in another clinic's calendar, and of people not employed."""
    statement = text(
        "select resource_no from rooms where clinic_id <> :own union all"
        " select resource_no from devices where clinic_id <> :own union all"
        " select resource_no from practitioners where id not in"
        " (select practitioner_id from practitioner_assignments where clinic_id = :own)"
    )
    async with engine.execution_options(actor=SYSTEM).connect() as connection:
        return list(await connection.scalars(statement, {"own": own}))


#: Who signs in is HQ's alone; codes are those of what all clinics share.
OF_TENANTS = [
    each
    for each in reaches()
    if not (each.by_code or each.by_visit or each.name.startswith("access."))
]


@pytest.mark.isolation
@pytest.mark.parametrize("reach", OF_TENANTS, ids=lambda each: each.name)
async def test_a_batch_function_finds_nothing_foreign(demo: Demo, reach: Reach) -> None:
    keys: list[Any] = await foreign_keys(demo.engine, demo.clinic.id)
    if reach.by_number or reach.by_numbers:
        keys = reach.of_numbers(await foreign_numbers(demo.engine, demo.clinic.id))
    actor = demo.manager
    async with demo.act.context(actor).reading() as session:
        found = await reach.found(session, keys, Scope(frozenset({demo.clinic.id})))
    assert [row for row in found if clinic_of(row) not in (None, demo.clinic.id)] == []


def clinic_of(row: Any) -> UUID | None:
    """The clinic a row belongs to, by its own word."""
    clinic_id: UUID | None = getattr(row, "clinic_id", None)
    return clinic_id


@pytest.mark.isolation
@pytest.mark.parametrize("name", sorted(NODES))
async def test_a_foreign_object_is_null_by_id(demo: Demo, ask_demo: Asking, name: str) -> None:
    node = NODES[name]
    keys = await foreign_keys(demo.engine, demo.clinic.id)
    async with demo.act.context(SYSTEM).reading() as session:
        there = list(await node.batch(session, keys, EVERYWHERE))[:100]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert bool(there) is (name not in SHARED), "the demo has some of another clinic"
    ids = [str(relay.GlobalID(name, str(each))) for each in there]
    answer = await ask_demo(demo.manager, query, ids=ids)
    assert answer.data == {"nodes": [None] * len(ids)}


ROOT_LISTS = [
    name
    for name, field in schema._schema.query_type.fields.items()  # type: ignore[union-attr]
    if str(field.type).strip("!").endswith("Connection")
    and not any(map(is_required_argument, field.args.values()))
]


@pytest.mark.isolation
@pytest.mark.parametrize("name", ROOT_LISTS)
async def test_a_root_list_holds_nothing_foreign(demo: Demo, ask_demo: Asking, name: str) -> None:
    query = f"{{ {name}(first: 100) {{ edges {{ node {{ id }} }} }} }}"
    everything = await ask_demo.data(demo.hq, query)
    answer = await ask_demo(demo.manager, query)
    if "FORBIDDEN" in answer.codes:
        return
    assert answer.data is not None
    foreign = set(await foreign_keys(demo.engine, demo.clinic.id))
    seen = {ids(edge) for edge in answer.data[name]["edges"]}
    assert not seen & foreign
    assert {ids(edge) for edge in everything[name]["edges"]}


def ids(edge: dict[str, dict[str, str]]) -> UUID:
    return UUID(relay.GlobalID.from_id(edge["node"]["id"]).node_id)
