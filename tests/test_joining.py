"""Statements that go together, in one round trip."""

import asyncio
from collections.abc import AsyncIterator
from itertools import groupby

import asyncpg
import pytest
from sqlalchemy import bindparam, literal, literal_column, select, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import SYSTEM
from schema.base import among, new_id
from schema.clinics.store import clinics_by_id
from schema.context import every_clinic
from schema.joining import MOST_JOINTS, MOST_PARTS, UNUSED, Joints
from schema.reading import MANY, Snapshot, reading_of, snapshot
from schema.scope import EVERYWHERE
from tests.asking import Acting
from tests.demo import Demo


class TestJoints:
    """How many texts of joined statements there are."""

    @staticmethod
    def parts(number: int) -> tuple[tuple[str, int], ...]:
        return (("select $1", 1), (f"select {number} + $1", 1))

    def test_those_in_use_are_not_driven_out(self) -> None:
        joints = Joints()
        texts = [joints.text(self.parts(each)) for each in range(MOST_JOINTS)]
        assert len(set(texts)) == MOST_JOINTS
        for number in range(MOST_JOINTS, 5 * MOST_JOINTS):
            assert joints.text(self.parts(number)) is None
        assert [joints.text(self.parts(each)) for each in range(MOST_JOINTS)] == texts

    def test_one_that_nobody_asks_for_makes_room(self) -> None:
        joints = Joints()
        for number in range(MOST_JOINTS):
            joints.text(self.parts(number))
        for number in range(UNUSED):
            joints.text(self.parts(1 + number % (MOST_JOINTS - 1)))
        assert joints.text(self.parts(-1)) == (
            "select array(select row(part.*) from (select $1) part),"
            " array(select row(part.*) from (select -1 + $2) part)"
        )
        assert joints.text(self.parts(0)) is None


class TestTogether:
    """Statements that several tasks ask at once, in one round trip."""

    WHEN = text("select statement_timestamp() as at, :n as n, pg_sleep(0.001)")
    MANY = select(literal_column("statement_timestamp()").label("at"), literal(1).label("n"))

    @pytest.fixture
    async def reading(self, demo: Demo, small: AsyncEngine) -> AsyncIterator[Snapshot]:
        async with snapshot(small, demo.manager) as reading:
            await reading.execute(self.WHEN.bindparams(n="-"))
            reading.shared = True
            yield reading

    async def test_they_are_one_statement(self, reading: Snapshot) -> None:
        asked = [reading.execute(self.WHEN.bindparams(n=str(each))) for each in range(5)]
        found = [each.one() for each in await asyncio.gather(*asked)]
        assert [each.n for each in found] == ["0", "1", "2", "3", "4"]
        assert len({each.at for each in found}) == 1
        alone = (await reading.execute(self.WHEN.bindparams(n="5"))).one()
        assert alone.at > found[0].at

    async def test_each_has_its_own_parameters(self, reading: Snapshot) -> None:
        names = [f"p{each}" for each in range(12)]
        query = text("select " + ", ".join(f":{each} as {each}" for each in names))
        values = [{name: f"{at} {name}" for name in names} for at in range(3)]
        await reading.execute(query.bindparams(**values[0]))
        asked = [reading.execute(query.bindparams(**each)) for each in values]
        assert [each.one()._asdict() for each in await asyncio.gather(*asked)] == values

    async def test_rows_keep_their_order_and_none_is_none(self, reading: Snapshot) -> None:
        count = text("select * from generate_series(1, cast(:most as int)) n order by n desc")
        for most in (3, 0):
            await reading.execute(count.bindparams(most=most))
        asked = [reading.execute(count.bindparams(most=each)) for each in (3, 0, 1)]
        found = await asyncio.gather(*asked)
        assert [each.scalars() for each in found] == [[3, 2, 1], [], [1]]

    async def test_one_that_was_never_asked_or_asks_for_many_goes_alone(
        self, reading: Snapshot
    ) -> None:
        keys = [new_id() for _ in range(MANY + 1)]
        many = self.MANY.where(~among(bindparam(None, keys[0]), keys[1:]))
        for each in (self.MANY, many):
            await reading.execute(each)
        more = self.MANY.where(~among(bindparam(None, new_id()), keys))
        new = self.MANY.where(literal("new") == "new")
        asked = (self.WHEN.bindparams(n="x"), self.MANY, many, more, new)
        found = await asyncio.gather(*map(reading.execute, asked))
        joint, same, also, alone, first = [each.one().at for each in found]
        assert joint == same == also
        assert len({joint, alone, first}) == 3

    async def test_no_more_than_some_are_joined(self, reading: Snapshot) -> None:
        asked = [self.WHEN.bindparams(n=str(each)) for each in range(MOST_PARTS + 3)]
        found = [each.one() for each in await asyncio.gather(*map(reading.execute, asked))]
        assert [each.n for each in found] == [str(each) for each in range(len(asked))]
        assert [len([*group]) for _, group in groupby(found, lambda x: x.at)] == [
            MOST_PARTS,
            3,
        ]

    async def test_one_that_fails_takes_none_along(self, small: AsyncEngine) -> None:
        context = Acting(small).context(SYSTEM)
        divide = text("select 6 / cast(:by as int) as found")

        async def ask(by: int) -> int:
            async with context.reading() as reading:
                found: int = (await reading.execute(divide.bindparams(by=by))).scalar_one()
                return found

        async with context.one_snapshot():
            assert await ask(1) == 6
            for last in (3, 0):
                asked = (ask(1), ask(0), ask(2), ask(last))
                one, none, two, end = await asyncio.gather(*asked, return_exceptions=True)
                assert (one, two) == (6, 3)
                assert getattr(none.orig, "sqlstate", None) == "22012"  # type: ignore[union-attr]  # an error
                assert (end == 2) is (last == 3)
                assert await ask(1) == 6
        assert reading_of(small).held == 0

    @pytest.mark.parametrize("joined", [False, True])
    @pytest.mark.parametrize("how", ["fails", "fails in a block", "is called off"])
    async def test_one_that_fails_spoils_none_that_goes_on_reading(
        self, small: AsyncEngine, joined: bool, how: str
    ) -> None:
        context = Acting(small).context(SYSTEM)
        divide = text("select 6 / cast(:by as int)")

        async def fail() -> None:
            async with context.reading() as reading:
                await reading.execute(divide.bindparams(by=1))
                if how == "fails":
                    await reading.execute(divide.bindparams(by=0))
                elif how == "fails in a block":
                    async with every_clinic(reading):
                        await reading.execute(divide.bindparams(by=0))
                else:
                    await reading.execute(text("select pg_sleep(1)"))

        async def go_on() -> int:
            async with context.reading() as reading:
                await reading.execute(divide.bindparams(by=1))
                if joined:
                    await reading.execute(divide.bindparams(by=2))
                else:
                    await asyncio.sleep(0.05)
                found: int = (await reading.execute(divide.bindparams(by=3))).scalar_one()
                async with every_clinic(reading):
                    pass
                return found

        async with context.one_snapshot():
            tasks = [asyncio.create_task(each()) for each in (go_on, fail)]
            if how == "is called off":
                await asyncio.sleep(0.03)
                tasks[1].cancel()
            found, failed = await asyncio.gather(*tasks, return_exceptions=True)
        assert found == 2
        assert isinstance(failed, DBAPIError | asyncio.CancelledError)
        assert reading_of(small).held == 0

    async def test_a_literal_that_looks_like_a_parameter_stays_what_it_is(
        self, reading: Snapshot
    ) -> None:
        query = text("select '$1' as literal, cast(:n as text) as n")
        asked = [query.bindparams(n=str(each)) for each in range(3)]
        for _ in range(2):
            found = [each.one() for each in await asyncio.gather(*map(reading.execute, asked))]
            assert found == [("$1", "0"), ("$1", "1"), ("$1", "2")]

    async def test_who_sees_every_clinic_may_not_ask_for_it_once_more(
        self, reading: Snapshot
    ) -> None:
        async with every_clinic(reading):
            with pytest.raises(AssertionError, match="wait for itself"):
                async with every_clinic(reading):
                    pass

    async def test_those_on_a_connection_that_is_lost_fail_together(
        self, reading: Snapshot, demo_admin: asyncpg.Connection
    ) -> None:
        await demo_admin.execute("select pg_terminate_backend($1)", reading.driver.get_server_pid())
        asked = [reading.execute(self.WHEN.bindparams(n=str(each))) for each in range(3)]
        failed = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(each, DBAPIError | OSError) for each in failed)
        assert reading.broken

    async def test_what_one_sees_for_a_while_no_other_sees(
        self, demo: Demo, reading: Snapshot
    ) -> None:
        both = [demo.clinic.id, demo.other_clinic.id]

        async def all_of_them() -> int:
            async with every_clinic(reading):
                await asyncio.sleep(0.01)
                return len(await clinics_by_id(reading, both, EVERYWHERE))

        async def own() -> int:
            await asyncio.sleep(0.002)
            return len(await clinics_by_id(reading, both, EVERYWHERE))

        asked = [all_of_them(), own(), all_of_them(), own()]
        assert await asyncio.gather(*asked) == [2, 1, 2, 1]

    async def test_one_that_is_called_off_before_its_turn_takes_none_along(
        self, reading: Snapshot
    ) -> None:
        slow = asyncio.create_task(reading.execute(text("select pg_sleep(0.05)")))
        await asyncio.sleep(0.01)
        waiting = [
            asyncio.create_task(reading.execute(self.WHEN.bindparams(n=str(each))))
            for each in range(3)
        ]
        await asyncio.sleep(0.01)
        waiting[1].cancel()
        await slow
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(found[1], asyncio.CancelledError)
        assert [found[0].one().n, found[2].one().n] == ["0", "2"]  # type: ignore[union-attr]  # rows

    async def test_one_that_is_called_off_in_its_turn_spoils_the_transaction(
        self, reading: Snapshot
    ) -> None:
        sleep = text("select pg_sleep(5), :n as n")
        tasks = [
            asyncio.create_task(reading.execute(sleep.bindparams(n=str(each)))) for each in range(2)
        ]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        called_off, other = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(called_off, asyncio.CancelledError)
        assert isinstance(other, InvalidRequestError)
        assert reading.broken
