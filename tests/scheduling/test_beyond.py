"""Beyond the calendars in memory SQL answers, and says the same as they would."""

from datetime import timedelta

import pytest

from schema.clinics.actions import add_closure
from schema.intervals import Interval
from schema.protocols.store import resolved_protocols
from schema.scheduling import store
from schema.scheduling.rules import Visit, Wish
from schema.scheduling.store.beyond import starts_beyond
from schema.scope import EVERYWHERE
from tests.asking import Asking
from tests.scheduling.asked import book
from tests.scheduling.setting import TREATMENT, Setting


@pytest.mark.parametrize("add_ons", [(), ("PRP",)])
@pytest.mark.parametrize("step", [None, 35])
async def test_sql_and_integers_find_the_same_starts(
    ask: Asking, setting: Setting, add_ons: tuple[str, ...], step: int | None
) -> None:
    """Across a change of the clocks, a closure, a visit and a day's limit; for a client too."""
    at, clinic = setting.at(10), setting.franchise.raleigh
    taken = await book(ask, setting.desk, setting.raleigh_client, at)
    assert taken["__typename"] == "Appointment"
    window = Interval(at - timedelta(days=1, minutes=7), at + timedelta(days=9))
    async with ask.work() as work:
        day = setting.day + timedelta(days=3)
        await add_closure(work, clinic="RALEIGH", from_on=day, to_on=day, reason="Inventory")
        adopted = await store.adoptions(work.session, EVERYWHERE, [clinic.id], "MN-MEDICAL")
        found = await resolved_protocols(work.session, [adopted[clinic.id]], EVERYWHERE)
        protocol = found[adopted[clinic.id]]
        wish = Wish(TREATMENT.protocol, ("FACE",), add_ons=add_ons)
        visit = Visit.of(protocol.content, wish, protocol.template_code)
        for guests in ((), (setting.raleigh_client.resource_no,)):
            coming = Visit(visit.needs, visit.minutes, guests)
            calendars = await store.clinic_calendars(
                work.session, [clinic], EVERYWHERE, window, work.now
            )
            busy = await store.busy_elsewhere(work.session, guests, [], window, work.now)
            expected = calendars[clinic.id].starts(coming, window, step, taken=busy)
            asked = (work.session, EVERYWHERE, [clinic], {clinic.id: coming}, window, work.now)
            assert (await starts_beyond(*asked, step))[clinic.id] == expected
            assert (await starts_beyond(*asked, step, 5))[clinic.id] == expected[:5]
            assert len(expected) > 5
