"""Clinics through the API: what HQ, the clinic, another clinic and a partner see and change."""

from datetime import date, timedelta

import pytest

from schema.access.rules import Role
from schema.clinics import actions
from schema.clinics.rules import DeviceClass, RoomKind
from tests.actors import everywhere
from tests.asking import Asking
from tests.franchise import Franchise, add_clinic

CLINICS = "{ clinics { edges { node { code } } } }"


def codes(connection: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [each["node"]["code"] for each in connection["edges"]]


@pytest.mark.isolation
async def test_each_caller_lists_its_own_clinics(ask: Asking, franchise: Franchise) -> None:
    for actor, seen in (
        (franchise.hq, ["LONDON", "RALEIGH"]),
        (franchise.manager, ["RALEIGH"]),
        (franchise.other_manager, ["LONDON"]),
        (franchise.partner, ["RALEIGH"]),
    ):
        assert codes((await ask.data(actor, CLINICS))["clinics"]) == seen


@pytest.mark.isolation
async def test_a_foreign_clinic_is_not_found_by_code_or_id(
    ask: Asking, franchise: Franchise
) -> None:
    by_code = '{ clinic(by: {code: "london"}) { id code } }'
    found = (await ask.data(franchise.hq, by_code))["clinic"]
    assert found["code"] == "LONDON"
    by_id = "query ($id: ID!) { clinic(by: {id: $id}) { code } node(id: $id) { id } }"
    for query in (by_code, by_id):
        variables = {"id": found["id"]} if query is by_id else {}
        for actor in (franchise.manager, franchise.partner):
            assert set((await ask.data(actor, query, **variables)).values()) == {None}


async def test_pages_follow_their_cursor(ask: Asking, franchise: Franchise) -> None:
    async with ask.work() as work:
        for number in range(5):
            await add_clinic(work, f"NC-{number}")
    query = """query ($after: String) { clinics(first: 3, after: $after) {
        edges { node { code } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await ask.data(franchise.hq, query, after=after))["clinics"]
        seen += codes(page)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["LONDON", "NC-0", "NC-1", "NC-2", "NC-3", "NC-4", "RALEIGH"]


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'after: "x"', 'after: "W10="'])
async def test_a_page_that_cannot_be_is_refused(
    ask: Asking, franchise: Franchise, arguments: str
) -> None:
    answer = await ask(franchise.hq, f"{{ clinics({arguments}) {{ edges {{ cursor }} }} }}")
    assert answer.codes == ["BAD_REQUEST"]


async def test_filters_and_circles(ask: Asking, franchise: Franchise) -> None:
    async with ask.work() as work:
        await actions.plan_clinic(
            work,
            code="DURHAM",
            name="Durham",
            region="AMERICAS",
            owner="CAROLINA",
            owned_from=date(2026, 1, 1),
            jurisdiction_code="US-NC",
            time_zone="America/New_York",
            currency="USD",
            address=actions.Address("1 Main St", "Durham", "27701", "US", 35.99, -78.90),
        )
    for query, seen in (
        ('clinics(filter: {region: {code: "AMERICAS"}})', ["DURHAM", "RALEIGH"]),
        ('clinics(filter: {region: {code: "US-EAST"}})', ["RALEIGH"]),
        ('clinics(filter: {region: {code: "NOWHERE"}})', []),
        ("clinics(filter: {status: PLANNED})", ["DURHAM"]),
    ):
        data = await ask.data(franchise.hq, f"{{ {query} {{ edges {{ node {{ code }} }} }} }}")
        assert codes(data["clinics"]) == seen
    near = "{ clinicsNear(near: {latitude: 36, longitude: -78.9, radiusKm: %s}) { code } }"
    for radius, seen in ((5, ["DURHAM"]), (50, ["DURHAM", "RALEIGH"]), (0, [])):
        data = await ask.data(franchise.hq, near % radius)
        assert [each["code"] for each in data["clinicsNear"]] == seen
    for radius in (-1, 20101):
        assert (await ask(franchise.hq, near % radius)).codes == ["BAD_REQUEST"]


async def test_a_link_takes_one_statement_for_one_clinic_and_for_many(
    ask: Asking, franchise: Franchise
) -> None:
    query = """{ clinics(first: 100) { edges { node { code region { code parent { code } }
        jurisdiction { code } owner { code } openingHours { opens } closures { reason }
        rooms { edges { node { code } } } devices { edges { node { model { code } } } } } } } }"""
    async with ask.work() as work:
        await furnish(work, "RALEIGH")
    with ask.statements() as few:
        await ask.data(franchise.hq, query)
    async with ask.work() as work:
        for number in range(20):
            await add_clinic(work, f"NC-{number}")
            await furnish(work, f"NC-{number}", model=False)
    with ask.statements() as many:
        data = await ask.data(franchise.hq, query)
    assert len(data["clinics"]["edges"]) == 22
    assert len(few) == len(many) == 10


async def furnish(work: actions.Work, clinic: str, *, model: bool = True) -> None:
    """A room, a device and a closure."""
    if model:
        await actions.add_device_model(
            work,
            code="PEN",
            name="Pen",
            maker="Maker",
            device_class=DeviceClass.NEEDLE_PEN,
            greatest_depth_mm=None,
        )
    await actions.add_room(
        work, clinic=clinic, code="R1", name="Room 1", room_kind=RoomKind.TREATMENT
    )
    await actions.add_device(
        work, clinic=clinic, code="D1", model="PEN", serial_number=clinic, service_due_on=None
    )
    tomorrow = work.now.date() + timedelta(days=2)
    await actions.add_closure(
        work, clinic=clinic, from_on=tomorrow, to_on=tomorrow, reason="Holiday"
    )


ADD_ROOM = """
mutation ($input: AddRoomInput!) {
  addRoom(input: $input) {
    __typename ... on Room { code roomKind } ... on Problem { code retry }
  }
}
"""


@pytest.mark.isolation
async def test_a_manager_changes_her_clinic_and_no_other(ask: Asking, franchise: Franchise) -> None:
    room = {"code": "r1", "name": "Room 1", "roomKind": "TREATMENT"}
    own = await ask.change(
        franchise.manager, ADD_ROOM, input={"clinic": {"code": "RALEIGH"}, **room}
    )
    assert own == {"__typename": "Room", "code": "R1", "roomKind": "TREATMENT"}
    before = await ask.counts()
    foreign = await ask.change(
        franchise.manager, ADD_ROOM, input={"clinic": {"code": "LONDON"}, **room}
    )
    assert foreign == {"__typename": "NotFoundProblem", "code": "NOT_FOUND", "retry": "NEVER"}
    again = await ask.change(
        franchise.manager, ADD_ROOM, input={"clinic": {"code": "RALEIGH"}, **room}
    )
    assert again["__typename"] == "ConflictProblem"
    assert await ask.counts() == before


MUTATIONS = {
    "changeClinicStatus": ("ChangeClinicStatusInput", {"status": "PLANNED"}),
    "transferClinic": (
        "TransferClinicInput",
        {"owner": {"code": "ALBION"}, "fromOn": "2019-01-01"},
    ),
    "setOpeningHours": (
        "SetOpeningHoursInput",
        {"hours": [{"weekday": 0, "opens": 540, "closes": 721}]},
    ),
    "addClosure": (
        "AddClosureInput",
        {"fromOn": "2030-02-02", "toOn": "2030-02-01", "reason": "Backwards"},
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_change_that_breaks_a_rule_changes_nothing(
    ask: Asking, franchise: Franchise, name: str
) -> None:
    kind, fields = MUTATIONS[name]
    query = f"""mutation ($input: {kind}!) {{ {name}(input: $input) {{
        __typename ... on RuleProblem {{ code field message }} }} }}"""
    before = await ask.counts()
    answer = await ask.change(franchise.hq, query, input={"clinic": {"code": "RALEIGH"}, **fields})
    assert answer["__typename"] == "RuleProblem"
    assert answer["message"]
    assert await ask.counts() == before


async def test_every_change_records_its_event(ask: Asking, franchise: Franchise) -> None:
    await ask.change(
        franchise.manager,
        ADD_ROOM,
        input={"clinic": {"code": "RALEIGH"}, "code": "R1", "name": "1", "roomKind": "TREATMENT"},
    )
    query = "{ auditLog(first: 1) { edges { node { name actorKind payload } } } }"
    for actor in (franchise.hq, franchise.manager):
        (edge,) = (await ask.data(actor, query))["auditLog"]["edges"]
        assert edge["node"]["name"] == "room.added"
        assert edge["node"]["payload"] == {"code": "R1", "room_kind": "TREATMENT"}
    other = await ask.data(franchise.other_manager, "{ auditLog { edges { node { name } } } }")
    assert "room.added" not in str(other)
    assert "clinic.planned" in str(other)


async def test_hours_are_shown_as_they_were_set(ask: Asking, franchise: Franchise) -> None:
    hours = [{"weekday": 0, "opens": 540, "closes": 720}, {"weekday": 0, "opens": 780, "closes": 0}]
    query = """mutation ($input: SetOpeningHoursInput!) { setOpeningHours(input: $input) {
        ... on Clinic { openingHours { weekday opens closes } } } }"""
    answer = await ask.change(
        franchise.manager, query, input={"clinic": {"code": "RALEIGH"}, "hours": hours}
    )
    assert answer["openingHours"] == hours


async def test_a_foreign_device_is_not_serviced(ask: Asking, franchise: Franchise) -> None:
    async with ask.work() as work:
        await furnish(work, "LONDON")
    query = '{ clinic(by: {code: "LONDON"}) { devices { edges { node { id } } } } }'
    devices = (await ask.data(everywhere(Role.HQ_ADMINISTRATOR), query))["clinic"]["devices"]
    change = """mutation ($device: By!) { recordDeviceService(
        input: {device: $device, serviceDueOn: "2031-01-01"}) { __typename } }"""
    before = await ask.counts()
    for device in ({"id": devices["edges"][0]["node"]["id"]}, {"code": "london/d1"}):
        answer = await ask.change(franchise.manager, change, device=device)
        assert answer["__typename"] == "NotFoundProblem"
        assert await ask.counts() == before
    for device in ({"id": devices["edges"][0]["node"]["id"]}, {"code": "london/d1"}):
        answer = await ask.change(franchise.other_manager, change, device=device)
        assert answer["__typename"] == "Device"


@pytest.mark.isolation
async def test_the_map_is_shared_and_an_owner_is_seen_by_its_own(
    ask: Asking, franchise: Franchise
) -> None:
    query = """{ owners { edges { node { id code } } } regions { edges { node { code } } }
        jurisdictions { edges { node { id code } } } }"""
    everything = await ask.data(franchise.hq, query)
    assert codes(everything["owners"]) == ["ALBION", "CAROLINA"]
    seen = await ask.data(franchise.manager, query)
    assert codes(seen["owners"]) == ["CAROLINA"]
    assert codes(seen["regions"]) == ["AMERICAS", "EUROPE", "US-EAST"]
    assert codes(seen["jurisdictions"]) == ["GB", "GB-ENG", "US", "US-FL", "US-NC"]
    ids = [everything["owners"]["edges"][0]["node"]["id"], seen["owners"]["edges"][0]["node"]["id"]]
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    assert (await ask.data(franchise.manager, nodes, ids=ids))["nodes"] == [
        None,
        {"__typename": "Owner"},
    ]
