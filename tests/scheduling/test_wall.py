"""What looks beyond an actor's clinics leaves row-level security as it was."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schema.access.rules import Role
from schema.clinics.actions import set_opening_hours
from schema.context import begin, every_clinic
from schema.practitioners import actions as practitioners
from schema.scope import Scope
from tests.actors import person_in
from tests.asking import SECRETS, Acting
from tests.franchise import OFFICE_HOURS
from tests.scheduling.setting import EVERY_DAY, Setting

EVERY = text("select current_setting('app.all_clinics', true)")
SEEN = text("select count(distinct clinic_id) from clinic_calendars")


async def test_triggers_and_exceptions_leave_the_wall_standing(
    act: Acting, setting: Setting
) -> None:
    """An actor sees one clinic after a trigger, after what was undone, and after an exception."""
    raleigh = setting.franchise.raleigh.id
    actor = person_in(Role.CLINIC_MANAGER, [raleigh])
    async with begin(act.engine, actor, Scope(frozenset({raleigh})), SECRETS) as work:
        connection = await work.session.connection()

        async def seen() -> tuple[str, int]:
            every = (await connection.execute(EVERY)).scalar_one()
            return every, (await connection.execute(SEEN)).scalar_one()

        assert await seen() == ("", 1)
        # BEA works in London too: both calendars are counted.
        await practitioners.set_working_hours(
            work, clinic="RALEIGH", practitioner="BEA", week=OFFICE_HOURS
        )
        await work.session.flush()
        assert await seen() == ("", 1)
        inside = await connection.begin_nested()
        with pytest.raises(DBAPIError):
            await connection.execute(
                text(
                    "insert into closures (id, clinic_id) select gen_random_uuid(), id from clinics"
                )
            )
        await inside.rollback()
        assert await seen() == ("", 1)
        inside = await work.session.begin_nested()
        await set_opening_hours(work, clinic="RALEIGH", week=EVERY_DAY)
        await work.session.flush()
        await inside.rollback()
        assert await seen() == ("", 1)
        with pytest.raises(ZeroDivisionError):
            async with every_clinic(work.session):
                raise ZeroDivisionError
        assert await seen() == ("", 1)
