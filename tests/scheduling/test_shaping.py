"""Triggers: a row of what calendars are made of that comes, changes or goes changes their shape."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from api.migrations import metadata
from schema.clinics import actions as clinics
from schema.intervals import Interval
from schema.practitioners import actions as practitioners
from schema.scheduling import store
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.models import CHANNEL
from schema.scheduling.models.calendars import SHAPING
from schema.scheduling.store.offerings import Offerings
from schema.scope import EVERYWHERE
from tests.asking import Acting
from tests.courses.versions import law, set_own
from tests.database import Clone, administering
from tests.scheduling.setting import TREATMENT, Setting

#: Of both clinics, or of nobody's in particular: all calendars change.
EVERYBODYS = {
    "device_models",
    "jurisdiction_overlay_versions",
    "jurisdictions",
    "scope_rules",
}
#: About BEA, who treats in both.
SHARED = {"certifications", "credentials", "practitioners", "time_off"}
#: What no action changes once it may be offered; what is in force of a law is in its versions.
UNCHANGING = {"jurisdiction_overlays", "protocol_templates", "protocol_versions"}
EVENTS = "insert", "update", "delete"


@pytest.fixture
async def everything(act: Acting, setting: Setting) -> Setting:
    """A row of everything that calendars are made of."""
    async with act.work() as work:
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0)
        await clinics.add_closure(
            work, clinic="RALEIGH", from_on=setting.day, to_on=setting.day, reason="Paint"
        )
        await practitioners.add_time_off(
            work,
            practitioner="BEA",
            starts_at=setting.at(9),
            ends_at=setting.at(12),
            reason="Away",
        )
    await set_own(act, "name", "As we call it")
    await law(act, "parameters.needle_depth_mm.max", "1.2")
    return setting


@pytest.fixture
async def admin(database: Clone) -> AsyncIterator[asyncpg.Connection]:
    async with administering(database.admin) as connection:
        yield connection


async def shapes(admin: asyncpg.Connection) -> dict[UUID, int]:
    rows = await admin.fetch("select clinic_id, shape from clinic_calendars where shape = version")
    return {row["clinic_id"]: row["shape"] for row in rows}


async def where(admin: asyncpg.Connection, table: str) -> str:
    """One row of the table: Raleigh's, BEA's or, of what is everybody's, any."""
    of = {
        "clinics": "code = 'RALEIGH'",
        "practitioners": "code = 'BEA'",
        "jurisdiction_overlay_versions": "published_from is not null",
    }
    if table in SHARED - {"practitioners"}:
        of[table] = "practitioner_id = (select id from practitioners where code = 'BEA')"
    elif table not in EVERYBODYS | of.keys():
        of[table] = "clinic_id = (select id from clinics where code = 'RALEIGH')"
    key = await admin.fetchval(f"select id from {table} where {of.get(table, 'true')} limit 1")
    assert key is not None, f"{table} has no row to try with"
    return f"id = '{key}'"


async def do(admin: asyncpg.Connection, event: str, table: str, one: str) -> None:
    """Insert, update or delete the row, as far as the table's own triggers see."""
    if event == "update":
        await admin.execute(f"update {table} set id = id where {one}")
        return
    others = "alter table {0} disable trigger all; alter table {0} enable trigger reshaping_{1}"
    kept = f"kept_{table}"
    await admin.execute(f"create temp table {kept} as select * from {table} where {one}")
    await admin.execute(others.format(table, "delete" if event == "delete" else "insert"))
    await admin.execute(f"delete from {table} where {one}")
    if event == "insert":
        await admin.execute(f"insert into {table} select * from {kept}")


async def test_each_row_that_comes_changes_or_goes_changes_the_shape(
    everything: Setting, admin: asyncpg.Connection
) -> None:
    """Of the clinics that it is about, and of no other: told once, as what no change describes."""
    raleigh, london = everything.franchise.raleigh.id, everything.franchise.london.id
    for table in SHAPING:
        about = {raleigh, london} if table in EVERYBODYS | SHARED else {raleigh}
        one = await where(admin, table)
        for event in EVENTS:
            if (table, event) == ("clinics", "delete"):
                continue  # its calendar refers to it: no clinic is ever deleted
            undone = admin.transaction()
            await undone.start()
            before = await shapes(admin)
            await do(admin, event, table, one)
            after = await shapes(admin)
            changed = {each for each in after if after[each] != before.get(each)}
            assert changed == about, (table, event)
            for clinic_id in about:
                noted = await admin.fetchval(
                    "select changes is null from calendar_changes"
                    " where clinic_id = $1 and version = $2",
                    clinic_id,
                    after[clinic_id],
                )
                assert noted, (table, event)
            await undone.rollback()


async def test_change_of_shape_is_notified(
    everything: Setting, admin: asyncpg.Connection, database: Clone
) -> None:
    heard: list[Any] = []
    raleigh = everything.franchise.raleigh.id
    async with administering(database.admin) as listener:
        await listener.add_listener(CHANNEL, lambda *said: heard.append(orjson.loads(said[3])))
        await admin.execute("update rooms set name = 'Blue' where clinic_id = $1", raleigh)
        await listener.fetchval("select 1")
    version = (await shapes(admin))[raleigh]
    assert heard == [{"clinic": str(raleigh), "version": version}]


async def test_rows_of_nobody_change_nothing(
    everything: Setting, admin: asyncpg.Connection
) -> None:
    before = await shapes(admin)
    for table in SHAPING:
        await admin.execute(f"update {table} set id = id where false")
        await admin.execute(f"delete from {table} where false")
    assert await shapes(admin) == before


async def test_every_table_that_visits_and_calendars_are_made_of_changes_their_shape(
    act: Acting, everything: Setting
) -> None:
    """Whoever lets `shapes` read another table has to name it in SHAPING."""
    async with act.work() as work:
        rows = [everything.franchise.raleigh]
        around = Interval(work.now, work.now + timedelta(days=30))
        with act.statements() as statements:
            await store.shapes(work.session, rows, EVERYWHERE, around)
            found = await Offerings().of(work.session, EVERYWHERE, rows, TREATMENT, work.now)
    assert found.keys() == {rows[0].id}
    said = "\n".join(statements).lower()
    tables = set(re.findall(r"\b(?:from|join) ([a-z_]+)", said)) & set(metadata().tables)
    assert len(tables) > 14, tables
    assert tables - SHAPING.keys() == UNCHANGING | {"clinic_calendars"}
