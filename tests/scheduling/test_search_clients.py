"""What is known of a client bounds a search: findings, healing, other visits, the course."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schema.access.rules import Actor, Permission, Role
from schema.clients.actions import create_link_code, link_client, place_hold
from schema.clients.models import ClientRow
from schema.courses.actions import record_session
from schema.protocols.rules import ScreeningSeverity
from schema.scheduling.actions import book_appointment
from tests.actors import actor_with, everywhere, person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import by, sold
from tests.scheduling.searched import DAY, SEARCH, booked, days_of, of_client, on, search
from tests.scheduling.setting import CONSULTATION, NEW_YORK, Setting

MARK = "xyzzy-a-finding"
HOLDS = SEARCH.replace("problem {", "holds { untilOn } problem {")


async def held(
    act: Acting, setting: Setting, visitor: ClientRow, until_on: Any = None, **changed: Any
) -> None:
    practitioner = person_in(Role.PRACTITIONER, [visitor.clinic_id])
    async with act.work(practitioner) as work:
        await place_hold(
            work,
            client=visitor.id,
            severity=ScreeningSeverity.REQUIRES_CLEARANCE,
            templates=None,
            until_on=until_on,
            reason=MARK,
            **changed,
        )


async def linked(act: Acting, setting: Setting) -> None:
    """London's client is Raleigh's."""
    async with act.work() as work:
        yesterday = work.now.date() - timedelta(days=1)  # in UTC: both clinics have had it
        code = await create_link_code(
            work, client=setting.london_client.id, agreed_on=yesterday, agreement="On paper"
        )
        await link_client(
            work,
            client=setting.raleigh_client.id,
            code=code.code,
            agreed_on=yesterday,
            agreement="On paper",
        )


def week(setting: Setting) -> dict[str, Any]:
    return on(setting.day, setting.day + 6 * DAY)


async def test_a_finding_stops_every_start_with_two_faces(ask: Asking, setting: Setting) -> None:
    """Who may read it is led to it; the desk learns who decides, the partner whom to ask. The
    reason itself is in no answer."""
    for visitor in (setting.raleigh_client, setting.partner_client):
        await held(ask, setting, visitor)
    clinician = person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id])
    for actor, visitor, code, holds in (
        (clinician, setting.raleigh_client, "CONTRAINDICATED", [{"untilOn": None}]),
        (setting.desk, setting.raleigh_client, "CLINICAL_REVIEW_NEEDED", None),
        (setting.partner, setting.partner_client, "CONTACT_CLINIC", None),
    ):
        answer = await ask(actor, HOLDS, input=of_client(visitor, week(setting)))
        assert answer.codes == ([] if holds else ["FORBIDDEN"])
        assert answer.data is not None
        (found,) = answer.data["availability"]["clinics"]
        assert (found["starts"], found["problem"]["code"]) == ([], code)
        assert found["holds"] == holds
        assert MARK not in str(answer)


async def test_a_finding_that_ends_stops_the_days_until_then(ask: Asking, setting: Setting) -> None:
    await held(ask, setting, setting.raleigh_client, until_on=setting.day + DAY)
    found = await search(ask, setting.desk, **of_client(setting.raleigh_client, week(setting)))
    assert days_of(found) == [setting.day + n * DAY for n in range(2, 7)]
    assert found["problem"] is None
    sooner = on(setting.day, setting.day + DAY)
    none = await search(ask, setting.desk, **of_client(setting.raleigh_client, sooner))
    assert (none["starts"], none["problem"]["code"]) == ([], "CLINICAL_REVIEW_NEEDED")


async def test_of_another_clinics_finding_a_search_says_not_yet(
    ask: Asking, setting: Setting
) -> None:
    """And until when, where that is known: neither where nor what."""
    await linked(ask, setting)
    last = setting.day + 10 * DAY
    await held(ask, setting, setting.london_client, until_on=last)
    clinician = person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id])
    for actor in (clinician, setting.desk):
        answer = await ask(actor, SEARCH, input=of_client(setting.raleigh_client, week(setting)))
        assert answer.data is not None
        (found,) = answer.data["availability"]["clinics"]
        assert found["starts"] == []
        assert found["problem"] == {
            "code": "NOT_YET",
            "message": f"Not yet: until {last}.",
            "field": "client",
        }
        assert MARK not in str(answer)
        assert "London" not in str(answer)
        assert "LONDON" not in str(answer)


async def test_skin_heals_between_visits(ask: Asking, setting: Setting) -> None:
    """Six weeks to both sides of a visit to come, and nothing for another area."""
    await booked(ask, setting, setting.at(10))
    client = setting.raleigh_client
    around = on(setting.day - 5 * DAY, setting.day + 50 * DAY)
    found = await search(ask, setting.desk, **of_client(client, around))
    assert days_of(found)[0] == setting.day + 42 * DAY
    near = await search(ask, setting.desk, **of_client(client, week(setting)))
    assert near["problem"]["code"] == "INTERVAL_TOO_SHORT"
    assert str(setting.day + 42 * DAY) in near["problem"]["message"]
    neck = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["NECK"]}
    other = await search(ask, setting.desk, **of_client(client, week(setting), visit=neck))
    assert days_of(other)[0] == setting.day


async def test_a_linked_clients_visits_elsewhere_are_a_date(ask: Asking, setting: Setting) -> None:
    await linked(ask, setting)
    await booked(
        ask,
        setting,
        setting.at(10, zone="Europe/London"),
        visitor=setting.london_client,
        clinic="LONDON",
    )
    found = await search(ask, setting.desk, **of_client(setting.raleigh_client, week(setting)))
    assert found["problem"]["code"] == "INTERVAL_TOO_SHORT"
    assert "London" not in str(found)


async def test_nobody_is_in_two_visits_at_once(ask: Asking, setting: Setting) -> None:
    """A consultation from ten on: the client is free for another visit half an hour later. Others
    can be treated meanwhile, by somebody else."""
    talk = {"protocol": {"code": "CONSULT"}}
    one = {"window": on(setting.day), "visit": talk}
    before = await search(
        ask, setting.desk, **of_client(setting.raleigh_client, **one), stepMinutes=15
    )
    visit = await booked(ask, setting, setting.at(10), CONSULTATION)
    after = await search(
        ask, setting.desk, **of_client(setting.raleigh_client, **one), stepMinutes=15
    )
    minutes = visit.ends_at - visit.starts_at
    gone = {datetime.fromisoformat(each) for each in set(before["starts"]) - set(after["starts"])}
    assert gone == {
        datetime.fromisoformat(each)
        for each in before["starts"]
        if setting.at(10) - minutes < datetime.fromisoformat(each) < setting.at(10) + minutes
    }


async def test_a_course_is_searched_within_what_is_left_of_it(
    ask: Asking, setting: Setting
) -> None:
    """Six weeks after the session of today, until its last day; not once all are booked."""
    course = await sold(ask, setting, sessions=2, days=50)
    async with ask.work() as work:
        today = work.now.astimezone(NEW_YORK).date()
        await record_session(work, course=course.id, done_on=today, practitioner="ANA")
    wanted = {"course": by("Course", course), "window": on(today, today + 62 * DAY)}
    found = await search(ask, setting.desk, **wanted)
    days = days_of(found)
    assert (days[0], days[-1]) == (today + 42 * DAY, course.expires_on)
    assert found["preferredOn"] == (today + 49 * DAY).isoformat()
    late = {**wanted, "window": on(course.expires_on + DAY, course.expires_on + 9 * DAY)}
    over = await search(ask, setting.desk, **late)
    assert over["problem"]["code"] == "COURSE_NOT_BOOKABLE"
    start = datetime.fromisoformat(found["starts"][0])
    async with ask.work() as work:
        await book_appointment(
            work,
            clinic="RALEIGH",
            client=setting.raleigh_client.id,
            starts_at=start,
            course=course.id,
        )
    full = await search(ask, setting.desk, **wanted)
    assert (full["starts"], full["problem"]["code"]) == ([], "COURSE_NOT_BOOKABLE")


async def test_every_start_of_a_client_can_be_booked(ask: Asking, setting: Setting) -> None:
    """Also between two visits, where the interval holds to both sides."""
    await booked(ask, setting, setting.at(10))
    await booked(ask, setting, setting.at(10) + timedelta(days=84))
    window = on(setting.day, setting.day + 60 * DAY)
    found = await search(ask, setting.desk, **of_client(setting.raleigh_client, window))
    assert days_of(found) == [setting.day + 42 * DAY]
    await booked(ask, setting, datetime.fromisoformat(found["starts"][-1]))


@pytest.mark.isolation
async def test_a_client_is_searched_for_by_who_may_know_them(ask: Asking, setting: Setting) -> None:
    """Not by another clinic's desk, nor by a partner who did not register them."""
    raleigh = setting.franchise.raleigh.id
    for actor, visitor in (
        (setting.london_desk, setting.raleigh_client),
        (setting.partner, setting.raleigh_client),
        (setting.desk, setting.london_client),
    ):
        answer = await ask(actor, SEARCH, input=of_client(visitor, week(setting)))
        assert answer.codes == ["BAD_REQUEST"]
        assert "No such client" in str(answer.errors)
    blind = actor_with([raleigh], Permission.AVAILABILITY_READ)
    answer = await ask(blind, SEARCH, input=of_client(setting.raleigh_client, week(setting)))
    assert answer.codes == ["FORBIDDEN"]
    found = await search(ask, setting.partner, **of_client(setting.partner_client, week(setting)))
    assert found["starts"]


async def test_a_client_is_searched_for_in_one_clinic(ask: Asking, setting: Setting) -> None:
    wanted = of_client(setting.raleigh_client, week(setting))
    own = await search(ask, setting.desk, **wanted, where={"clinics": [{"code": "RALEIGH"}]})
    assert own["clinic"] == {"code": "RALEIGH"}
    both = {"clinics": [{"code": "RALEIGH"}, {"code": "LONDON"}]}
    administrator: Actor = everywhere(Role.HQ_ADMINISTRATOR)
    answer = await ask(administrator, SEARCH, input={**wanted, "where": both})
    assert answer.codes == ["BAD_REQUEST"]


async def test_searching_writes_nothing(ask: Asking, setting: Setting) -> None:
    await held(ask, setting, setting.raleigh_client)
    before = await ask.contents()
    clinician = person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id])
    for actor, visitor in (
        (clinician, setting.raleigh_client),
        (setting.partner, setting.partner_client),
    ):
        await search(ask, actor, **of_client(visitor, week(setting)))
    assert await ask.contents() == before


async def test_the_days_that_have_passed_are_no_excuse(ask: Asking, setting: Setting) -> None:
    """A window that began before the finding: it still is why there is no start."""
    await held(ask, setting, setting.raleigh_client, until_on=setting.day + 30 * DAY)
    begun = on(setting.day - 40 * DAY, setting.day)
    found = await search(ask, setting.desk, **of_client(setting.raleigh_client, begun))
    assert (found["starts"], found["problem"]["code"]) == ([], "CLINICAL_REVIEW_NEEDED")
