"""Reads on the driver: what they find, for whom, and that nothing of them stays behind."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import bindparam, func, literal, select, text
from sqlalchemy.exc import (
    DBAPIError,
    MultipleResultsFound,
    NoResultFound,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database import API_ROLE
from schema.access.rules import NOBODY, SYSTEM
from schema.base import among, columns, execute, new_id, tables
from schema.clinics.models import ClinicRow, RegionRow
from schema.clinics.store import clinics_by_id
from schema.context import begin, every_clinic, now_in
from schema.execution import STOCK
from schema.reading import Snapshot, quoted, reading_of, settings_of, snapshot
from schema.scope import EVERYWHERE, NOWHERE, Scope
from schema.statements import MOST_KEPT, Rows, Statements, built_once
from tests.asking import SECRETS, Acting, Asking
from tests.database import Clone
from tests.demo import Demo

MANAGER_OF = "select current_setting('app.clinics', true)"


async def one(reading: Any, statement: str) -> Any:
    return (await reading.execute(text(statement))).scalar_one()


class TestText:
    @given(some.text())
    def test_a_literal_holds_one_text_and_nothing_follows_it(self, value: str) -> None:
        if "\0" in value:
            with pytest.raises(ValueError, match="NUL"):
                quoted(value)
            return
        literal = quoted(value)
        body = literal.removeprefix("E")[1:-1]
        if literal.startswith("E"):
            body = body.replace("\\\\", "\\")
        assert body.replace("''", "'") == value
        assert literal.count("'") % 2 == 0

    async def test_postgresql_reads_what_was_quoted(self, database: Clone, cleaner: Any) -> None:
        for value in ("", "'", "''", "\\", "\\'", "'; drop table people; --", "é\n😀", "E'"):
            for conforming in ("on", "off"):
                await cleaner.execute(f"set standard_conforming_strings = {conforming}")
                assert await cleaner.fetchval(f"select {quoted(value)}") == value
        await cleaner.execute("reset standard_conforming_strings")


@pytest.mark.parametrize("name", sorted(tables()))
async def test_rows_are_what_sqlalchemy_makes_of_them(demo: Demo, name: str) -> None:
    model = tables()[name]
    query = select(*columns(model)).order_by(model.id).limit(50)  # type: ignore[arg-type]  # a column
    async with snapshot(demo.engine, SYSTEM) as reading:
        found = await reading.execute(query)
        reading.shared = True
        joined = await asyncio.gather(*[reading.execute(query) for _ in range(2)])
    async with AsyncSession(demo.engine.execution_options(actor=SYSTEM)) as session:
        expected = list(await execute(session, query))
    assert joined == [found, found]
    assert [list(map(type, each)) for each in joined[0]] == [list(map(type, x)) for x in found]
    assert [tuple(each) for each in found] == [tuple(each) for each in expected]
    for mine, theirs in zip(found, expected, strict=True):
        assert mine._fields == theirs._fields
        assert [type(each) for each in mine] == [type(each) for each in theirs]
        for column in columns(model):
            assert getattr(mine, column.key) == getattr(theirs, column.key)


class TestStatements:
    """Their texts, parameters and the names of what they find."""

    @pytest.fixture
    async def reading(self, demo: Demo) -> AsyncIterator[Snapshot]:
        async with snapshot(demo.engine, SYSTEM) as reading:
            yield reading

    async def test_columns_are_called_as_in_the_select(self, reading: Snapshot) -> None:
        query = select(
            literal(1).label("from"),
            literal(2).label("count"),
            literal(3).label("_hidden"),
            func.count().label("class"),
            literal("x"),
        )
        row = (await reading.execute(query)).one()
        assert (row[0], row.count, getattr(row, "class")) == (1, 2, 1)
        assert (getattr(row, "from"), row._hidden) == (1, 3)

    async def test_two_columns_of_one_name_are_told_apart(self, reading: Snapshot) -> None:
        query = select(col(ClinicRow.id), col(RegionRow.id), col(RegionRow.code)).join(
            RegionRow, col(RegionRow.id) == ClinicRow.region_id
        )
        row = (await reading.execute(query)).first()
        assert row.id == row[0]
        assert row[1] != row[0]
        assert row.code == row[2]

    async def test_text_names_its_own_columns(self, reading: Snapshot) -> None:
        query = text("select 1 as a, :b as b").bindparams(bindparam("b", "x"))
        assert (await reading.execute(query)).one() == (1, "x")
        assert (await reading.execute(query)).one().b == "x"

    async def test_values_are_those_of_each_statement_of_a_shape(
        self, demo: Demo, reading: Snapshot
    ) -> None:
        for clinic in (demo.clinic, demo.other_clinic, demo.clinic):
            query = select(col(ClinicRow.code)).where(
                among(col(ClinicRow.id), [clinic.id]), col(ClinicRow.code) == clinic.code
            )
            assert (await reading.execute(query)).scalars() == [clinic.code]
        assert (await reading.execute(query.where(literal(1) == 2))).all() == []

    async def test_a_shape_has_one_text(self, demo: Demo) -> None:
        statements = Statements(demo.engine.sync_engine.dialect)
        texts = {
            statements.prepared(select(col(ClinicRow.code)).where(among(col(ClinicRow.id), ids)))[1]
            for ids in ([], [new_id()], [new_id() for _ in range(100)])
        }
        assert len(texts) == 1

    async def test_lists_that_expand_find_the_same(self, demo: Demo, reading: Snapshot) -> None:
        for codes in (["RALEIGH"], ["RALEIGH", "LONDON"], [], ["RALEIGH", "NOWHERE", "LONDON"]):
            query = select(col(ClinicRow.code)).where(
                col(ClinicRow.code).in_(codes), col(ClinicRow.id) != new_id()
            )
            found = (await reading.execute(query)).scalars()
            assert sorted(found) == sorted(set(codes) - {"NOWHERE"})

    async def test_numbers_and_documents_are_converted(self, reading: Snapshot) -> None:
        query = text("""select 1.50::numeric as n, '{"a": [1]}'::jsonb as j, null::jsonb as none""")
        assert (await reading.execute(query)).one() == (Decimal("1.50"), {"a": [1]}, None)

    async def test_only_so_many_are_kept(self, demo: Demo) -> None:
        statements = Statements(demo.engine.sync_engine.dialect)
        for number in range(MOST_KEPT + 5):
            statements.prepared(select(literal(1).label(f"name_{number}")))
        assert len(statements._kept) == MOST_KEPT


class TestRows:
    def test_one_is_one(self) -> None:
        assert Rows([(1,)]).one() == (1,)
        assert Rows([(1, 2)]).scalar_one() == 1
        assert Rows[Any]([]).scalar_one_or_none() is None
        with pytest.raises(NoResultFound):
            Rows[Any]([]).one()
        with pytest.raises(NoResultFound):
            Rows[Any]([]).scalar_one()
        for several in (Rows.one, Rows.one_or_none, Rows.scalar_one, Rows.scalar_one_or_none):
            with pytest.raises(MultipleResultsFound):
                several(Rows([(1,), (2,)]))


class TestBuiltOnce:
    async def test_it_is_built_once_for_each_shape(self, demo: Demo) -> None:
        built = []

        @built_once
        def codes(ids: list[UUID], scope: Scope) -> Any:
            built.append(scope)
            return select(col(ClinicRow.code)).where(
                among(col(ClinicRow.id), ids), scope.where(ClinicRow.id)
            )

        one, other = demo.clinic, demo.other_clinic
        asked = [
            ([one.id], EVERYWHERE, {one.code}),
            ([one.id, other.id], EVERYWHERE, {one.code, other.code}),
            ([one.id, other.id], Scope(frozenset({other.id})), {other.code}),
            ([one.id, other.id], Scope(frozenset({one.id})), {one.code}),
            ([one.id], NOWHERE, set()),
        ]
        async with snapshot(demo.engine, SYSTEM) as reading, demo.act.work() as work:
            for ids, scope, expected in asked:
                for session in (reading, work.session):
                    found = (await execute(session, codes(ids, scope))).scalars()
                    assert set(found) == expected
        assert len(built) == 2


class TestActors:
    """A transaction is its actor's, and a connection nobody's once it is back."""

    async def test_the_settings_are_the_actors(self, demo: Demo) -> None:
        names = "select current_setting('app.actor_kind', true), current_setting('app.actor', true)"
        for actor in (demo.manager, demo.hq, demo.partner, NOBODY, SYSTEM):
            async with snapshot(demo.engine, actor) as reading:
                told = settings_of(actor)
                row = (await reading.execute(text(names))).one()
                assert tuple(row) == (told["kind"], told["actor"])
                assert await one(reading, MANAGER_OF) == told["clinics"]

    async def test_what_is_seen_is_the_actors(self, demo: Demo) -> None:
        both = [demo.clinic.id, demo.other_clinic.id]
        async with snapshot(demo.engine, demo.manager) as reading:
            assert set(await clinics_by_id(reading, both, EVERYWHERE)) == {demo.clinic.id}
        async with snapshot(demo.engine, NOBODY) as reading:
            assert not await clinics_by_id(reading, both, EVERYWHERE)

    async def test_a_connection_comes_back_as_nobodys(self, small: AsyncEngine, demo: Demo) -> None:
        async with snapshot(small, demo.manager) as reading:
            assert await one(reading, MANAGER_OF)
        with pytest.raises(LookupError):
            async with snapshot(small, demo.manager) as reading:
                raise LookupError
        async with small.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            assert not raw.is_in_transaction()
            assert not await raw.fetchval(MANAGER_OF)
            assert await raw.fetchval("show transaction_read_only") == "off"
            assert await raw.fetchval("show transaction_isolation") == "read committed"
            assert await raw.fetchval("select current_user") == API_ROLE

    async def test_nothing_is_written(self, demo: Demo) -> None:
        async with snapshot(demo.engine, SYSTEM) as reading:
            with pytest.raises(DBAPIError) as caught:
                await reading.execute(text("delete from people"))
        assert getattr(caught.value.orig, "sqlstate", None) == "25006"

    async def test_every_clinic_is_seen_for_a_while(self, demo: Demo) -> None:
        both = [demo.clinic.id, demo.other_clinic.id]
        async with snapshot(demo.engine, demo.manager) as reading:
            async with every_clinic(reading):
                assert len(await clinics_by_id(reading, both, EVERYWHERE)) == 2
            assert len(await clinics_by_id(reading, both, EVERYWHERE)) == 1

    @pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
    async def test_who_fails_meanwhile_sees_nothing_more(
        self, demo: Demo, error: type[BaseException]
    ) -> None:
        context = demo.act.context(demo.manager)
        both = [demo.clinic.id, demo.other_clinic.id]
        async with context.one_snapshot():
            with pytest.raises(error):
                async with context.reading() as reading, every_clinic(reading):
                    raise error
            async with context.reading() as reading:
                assert len(await clinics_by_id(reading, both, EVERYWHERE)) == 1


class TestQueries:
    """The one transaction of a query."""

    async def test_a_query_sees_one_moment(self, ask: Acting) -> None:
        context = ask.context(SYSTEM)
        async with context.one_snapshot():
            async with context.reading() as reading:
                assert await one(reading, "select count(*) from regions") == 0
                begun = await now_in(reading)
            async with ask.work() as work:
                work.session.add(RegionRow(code="EAST", name="East"))
            async with context.reading() as again:
                assert again is reading
                assert await one(again, "select count(*) from regions") == 0
                assert await now_in(again) == begun
        async with context.reading() as later:
            assert await one(later, "select count(*) from regions") == 1
            assert await now_in(later) > begun

    async def test_all_its_readers_share_it(self, demo: Demo) -> None:
        context = demo.act.context(SYSTEM)

        async def read() -> Snapshot:
            async with context.reading() as reading:
                assert await one(reading, "select 1") == 1
                return reading

        async with context.one_snapshot():
            first, *others = await asyncio.gather(*[read() for _ in range(5)])
            assert all(each is first for each in others)
            assert reading_of(demo.engine).held == 1
        assert reading_of(demo.engine).held == 0

    async def test_who_reads_beside_one_that_failed_has_a_transaction_of_its_own(
        self, demo: Demo
    ) -> None:
        context = demo.act.context(SYSTEM)
        async with context.one_snapshot(), context.reading() as first:
            with pytest.raises(DBAPIError):
                await first.execute(text("select 1 / 0"))
            async with context.reading() as second:
                assert second is not first
                assert await one(second, "select 1") == 1

    async def test_a_failed_statement_spoils_none_that_follows(self, demo: Demo) -> None:
        context = demo.act.context(SYSTEM)
        async with context.one_snapshot():
            with pytest.raises(DBAPIError) as caught:
                async with context.reading() as reading:
                    await reading.execute(text("select 1 / 0"))
            assert getattr(caught.value.orig, "sqlstate", None) == "22012"
            async with context.reading() as reading:
                assert await one(reading, "select 1") == 1
        assert reading_of(demo.engine).held == 0

    async def test_who_is_called_off_leaves_nothing(self, small: AsyncEngine) -> None:
        context = Acting(small).context(SYSTEM)

        async def sleep() -> None:
            async with context.one_snapshot(), context.reading() as reading:
                await reading.execute(text("select pg_sleep(5)"))

        for _ in range(6):  # more than there are connections
            task = asyncio.create_task(sleep())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert reading_of(small).held == 0
        async with context.reading() as reading:
            assert await one(reading, "select 1") == 1

    async def test_who_still_reads_when_it_ends_ends_it(self, demo: Demo) -> None:
        context = demo.act.context(SYSTEM)
        go_on = asyncio.Event()

        async def straggle() -> int:
            async with context.reading() as reading:
                await go_on.wait()
                found: int = await one(reading, "select 1")
                return found

        async with context.one_snapshot():
            task = asyncio.create_task(straggle())
            await asyncio.sleep(0.05)
        go_on.set()
        assert await task == 1
        assert reading_of(demo.engine).held == 0

    async def test_some_of_the_pool_is_never_held(self, small: AsyncEngine) -> None:
        """However many ask at once, and each for another connection while it holds one."""
        together = asyncio.Barrier(2)
        held = []

        async def query(number: int) -> int:
            context = Acting(small).context(SYSTEM)
            async with context.one_snapshot():
                async with context.reading() as reading:
                    found = await one(reading, "select 1")
                held.append(reading_of(small).held)
                if number < 2:
                    await together.wait()
                async with begin(small, SYSTEM, EVERYWHERE, SECRETS) as work:
                    await execute(work.session, text("select pg_sleep(0.01)"))
                return int(found)

        async with asyncio.timeout(20):
            assert sum(await asyncio.gather(*map(query, range(20)))) == 20
        assert max(held) == 3
        assert reading_of(small).held == 0


class TestFailures:
    async def test_no_connection_comes_free(self, small: AsyncEngine) -> None:
        held = [await Snapshot.begin(small, SYSTEM) for _ in range(4)]
        with pytest.raises(PoolExhausted):
            async with snapshot(small, SYSTEM):
                pass
        for each in held:
            await each.end()
        async with snapshot(small, SYSTEM) as reading:
            assert await one(reading, "select 1") == 1

    async def test_a_connection_that_is_lost_in_between_is_not_used(
        self, small: AsyncEngine, demo_admin: asyncpg.Connection
    ) -> None:
        async with snapshot(small, SYSTEM) as reading:
            pid = reading.driver.get_server_pid()
        await demo_admin.execute("select pg_terminate_backend($1)", pid)
        await asyncio.sleep(0.1)
        async with snapshot(small, SYSTEM) as reading:
            assert await one(reading, "select 1") == 1

    async def test_a_connection_that_is_old_is_opened_anew(self, small: AsyncEngine) -> None:
        pool: Any = small.sync_engine.pool
        pids = []
        for longest in (1800, 1800, 0, 1800):
            pool._recycle = longest
            async with snapshot(small, SYSTEM) as reading:
                pids.append(await one(reading, "select pg_backend_pid()"))
        assert pids[0] == pids[1] != pids[2] == pids[3]
        assert (pool.checkedin(), pool.checkedout()) == (1, 0)

    async def test_a_connection_that_is_lost_meanwhile(
        self, small: AsyncEngine, demo_admin: asyncpg.Connection
    ) -> None:
        async with snapshot(small, SYSTEM) as reading:
            pid = reading.driver.get_server_pid()
            await demo_admin.execute("select pg_terminate_backend($1)", pid)
            with pytest.raises((DBAPIError, OSError)):
                await reading.execute(text("select 1"))
            assert reading.broken
        async with snapshot(small, SYSTEM) as reading:
            assert await one(reading, "select 1") == 1

    async def test_a_table_that_changed_is_read_as_it_is(
        self, small: AsyncEngine, demo_admin: asyncpg.Connection
    ) -> None:
        query = text("select * from changing")
        await demo_admin.execute("create table changing (a int); insert into changing values (1)")
        await demo_admin.execute("grant select on changing to franchise_api")
        try:
            for change in (
                "select 1",
                "alter table changing alter a type text",
                "alter table changing add b int default 2",
            ):
                await demo_admin.execute(change)
                async with snapshot(small, SYSTEM) as reading:
                    await reading.execute(query)
                    row = (await reading.execute(query)).one()
            assert row == ("1", 2)
            assert row.b == 2
        finally:
            await demo_admin.execute("drop table changing")

    async def test_the_pool_is_whole_afterwards(self, small: AsyncEngine) -> None:
        for statement in ("select 1 / 0", "select pg_sleep(0)", "nonsense"):
            async with snapshot(small, SYSTEM) as reading:
                with pytest.raises(DBAPIError):
                    await reading.execute(text(f"{statement}; select 1 / 0"))
        pool: Any = small.sync_engine.pool
        assert pool.checkedout() == 0


async def test_an_exhausted_pool_is_told_as_unavailable(ask: Asking, small: AsyncEngine) -> None:
    held = [await Snapshot.begin(small, SYSTEM) for _ in range(4)]
    answer = await Asking(small, ask.executor)(SYSTEM, "{ clinics { edges { cursor } } }")
    assert answer.codes == ["UNAVAILABLE"]
    for each in held:
        await each.end()


async def test_a_lost_connection_is_told_as_unavailable(
    ask: Asking, small: AsyncEngine, demo_admin: asyncpg.Connection
) -> None:
    asking = Asking(small, ask.executor)
    fetch = Snapshot.execute

    async def losing(reading: Snapshot, statement: Any) -> Any:
        await demo_admin.execute("select pg_terminate_backend($1)", reading.driver.get_server_pid())
        await asyncio.sleep(0.05)
        return await fetch(reading, statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Snapshot, "execute", losing)
        assert (await asking(SYSTEM, "{ clinics { edges { cursor } } }")).codes == ["UNAVAILABLE"]
    assert (await asking(SYSTEM, "{ clinics { edges { cursor } } }")).codes == []


async def test_a_query_reads_in_one_transaction(ask: Asking, demo: Demo) -> None:
    """And a mutation in short ones: what it answers is read after its commit."""
    begun = []
    begin = Snapshot.begin.__func__  # type: ignore[attr-defined]  # a class method

    async def noting(*arguments: Any) -> Snapshot:
        found: Snapshot = await begin(Snapshot, *arguments)
        begun.append(found)
        return found

    query = """{ clinics(first: 3) { edges { node { rooms { edges { node { code } } }
        protocols { edges { node { template { code } } } } } } } }"""
    asking = Asking(demo.engine, ask.executor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Snapshot, "begin", noting)
        await asking.data(SYSTEM, query)
    breadth_first = ask.executor is not STOCK
    assert len(begun) == 1 if breadth_first else len(begun) >= 1
    assert reading_of(demo.engine).held == 0
