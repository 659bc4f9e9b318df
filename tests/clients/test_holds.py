"""Holds: who sees the finding, who sees that somebody has to look, and who read what."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor, ActorKind, Permission, Role
from schema.base import new_id
from schema.clients.actions import check_no_hold
from schema.clients.rules import HoldStops, NotYet
from schema.clients.store import client as client_by_key
from schema.context import begin
from schema.protocols.rules import ScreeningSeverity
from tests.actors import everywhere, partner_of, person_in
from tests.asking import SECRETS, Acting, Asking
from tests.clients.people import Clinics, change, link, link_code, place, register

MARKED = "MARKED: keloid scars behind the ear"
HOLDS = """query ($by: By!) { client(by: $by) { id reviewNeeded holds { edges { node {
    id templates untilOn clearedAt finding { severity reason clearingReason } } } } } }"""
READS = text(
    "select actor_id, clinic_id, subject_id, subject_type, request_id, payload"
    " from events where name = 'clinical.read'"
)


async def stored(act: Acting, query: Any = None) -> list[Any]:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return list((await connection.execute(READS if query is None else query)).mappings())


async def holds(ask: Asking, actor: Actor, client: Any) -> list[Any]:
    data = await ask.data(actor, HOLDS, by={"id": client["id"]})
    return [each["node"] for each in data["client"]["holds"]["edges"]]


async def test_a_clinician_places_reads_and_clears_a_hold(ask: Asking, clinics: Clinics) -> None:
    client, clinician = await register(ask, clinics.desk()), clinics.clinician()
    templates = [{"code": "mn-medical"}, {"code": "MN-MEDICAL"}]
    hold = await place(
        ask, clinician, client, reason=MARKED, templates=templates, untilOn="2199-01-01"
    )
    assert hold["templates"] == ["MN-MEDICAL"]
    (shown,) = await holds(ask, clinician, client)
    assert shown["finding"] == {"severity": "ABSOLUTE", "reason": MARKED, "clearingReason": None}
    cleared = await change(ask, clinician, "clearHold", id=hold["id"], reason="It was a mole.")
    assert cleared["clearedAt"]
    (shown,) = await holds(ask, clinician, client)
    assert shown["finding"]["clearingReason"] == "It was a mole."
    before = await ask.counts()
    again = await change(ask, clinician, "clearHold", id=hold["id"], reason="Again.")
    assert again["code"] == "HOLD_CLEARED"
    assert await ask.counts() == before


async def test_reasons_are_ciphertext(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.desk())
    hold = await place(ask, clinics.clinician(), client, reason=MARKED)
    await change(ask, clinics.clinician(), "clearHold", id=hold["id"], reason=MARKED)
    await holds(ask, clinics.clinician(), client)
    for table in ("client_holds", "events"):
        for row in await stored(ask, text(f"select t::text as dump from {table} t")):
            assert "MARKED" not in row["dump"]
            assert MARKED.encode().hex() not in row["dump"]


async def test_a_request_that_reads_findings_is_on_record(ask: Asking, clinics: Clinics) -> None:
    client, clinician = await register(ask, clinics.desk()), clinics.clinician()
    await place(ask, clinician, client, reason=MARKED)
    await place(ask, clinician, client, reason=MARKED)
    assert await stored(ask) == []
    assert len(await holds(ask, clinician, client)) == 2
    (row,) = await stored(ask)
    assert row["actor_id"] == clinician.id
    assert row["clinic_id"] == clinics.franchise.raleigh.id
    assert (row["subject_type"], row["request_id"], row["payload"]) == ("Client", "test", {})


async def test_without_a_record_there_is_no_answer(
    ask: Asking, clinics: Clinics, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, clinician = await register(ask, clinics.desk()), clinics.clinician()
    await place(ask, clinician, client, reason=MARKED)

    async def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("schema.clients.types.holds.record_clinical_reads", fail)
    answer = await ask(clinician, HOLDS, by={"id": client["id"]})
    assert answer.codes == ["INTERNAL_ERROR"]
    assert "MARKED" not in json.dumps(answer.data)


async def test_front_desk_sees_only_that_a_review_is_needed(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.desk())
    await place(ask, clinics.clinician(), client, reason=MARKED)
    for actor in (clinics.desk(), clinics.franchise.manager, everywhere(Role.HQ_ADMINISTRATOR)):
        answer = await ask(actor, HOLDS, by={"id": client["id"]})
        assert answer.data == {"client": {"id": client["id"], "reviewNeeded": True, "holds": None}}
        assert answer.codes == ["FORBIDDEN"]
        assert "MARKED" not in json.dumps([answer.data, answer.errors])
    assert await stored(ask) == []


@pytest.mark.parametrize("until_on", [None, "2199-01-01"])
@pytest.mark.parametrize("severity", ScreeningSeverity)
async def test_a_hold_of_any_severity_needs_a_review(
    ask: Asking, clinics: Clinics, severity: ScreeningSeverity, until_on: str | None
) -> None:
    client = await register(ask, clinics.desk())
    hold = await place(ask, clinics.clinician(), client, severity=severity, untilOn=until_on)
    query = "query ($by: By!) { client(by: $by) { reviewNeeded } }"
    shown = await ask.data(clinics.desk(), query, by={"id": client["id"]})
    assert shown["client"]["reviewNeeded"] is True
    await change(ask, clinics.clinician(), "clearHold", id=hold["id"], reason="Fine.")
    shown = await ask.data(clinics.desk(), query, by={"id": client["id"]})
    assert shown["client"]["reviewNeeded"] is False


async def refusal(
    act: Acting, actor: Actor, client: Any, permission: Permission, template: str = "MN-MEDICAL"
) -> HoldStops | NotYet | None:
    """What a sale or booking of MN-MEDICAL by this caller would be refused with."""
    scope = actor.require(permission)
    async with begin(act.engine, actor, scope, SECRETS) as work:
        row = await client_by_key(work.session, scope, client["code"])
        assert row is not None
        try:
            await check_no_hold(work, row, template, date(2026, 6, 1))
        except (HoldStops, NotYet) as error:
            return error
    return None


async def test_a_refusal_tells_each_caller_what_is_theirs(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.partner, externalReference="B-1")
    await place(ask, clinics.clinician(), client, reason=MARKED, templates=[{"code": "MN-MEDICAL"}])
    book = Permission.APPOINTMENTS_BOOK
    for actor, code, seen in (
        (clinics.clinician(), "CONTRAINDICATED", 1),
        (clinics.desk(), "CLINICAL_REVIEW_NEEDED", 0),
        (clinics.partner, "CONTACT_CLINIC", 0),
        (person_in(Role.CLINIC_MANAGER, None), "CLINICAL_REVIEW_NEEDED", 0),
        (partner_of(None), "CONTACT_CLINIC", 0),
    ):
        error = await refusal(ask, actor, client, book)
        assert isinstance(error, HoldStops)
        assert (error.code, len(error.holds)) == (code, seen)
        assert "MARKED" not in error.message
        assert "ABSOLUTE" not in error.message
        assert await refusal(ask, actor, client, book, "MN-CLASSIC") is None


@pytest.mark.parametrize("severity", ScreeningSeverity)
async def test_a_hold_of_any_severity_stops_until_it_is_cleared(
    ask: Asking, clinics: Clinics, severity: ScreeningSeverity
) -> None:
    client, clinician = await register(ask, clinics.desk()), clinics.clinician()
    hold = await place(
        ask, clinician, client, severity=severity, templates=[{"code": "MN-MEDICAL"}]
    )
    for permission in (Permission.COURSES_SELL, Permission.APPOINTMENTS_BOOK):
        assert isinstance(await refusal(ask, clinics.desk(), client, permission), HoldStops)
        assert await refusal(ask, clinics.desk(), client, permission, "MN-CLASSIC") is None
    await change(ask, clinician, "clearHold", id=hold["id"], reason="Told, and wants it.")
    assert await refusal(ask, clinics.desk(), client, Permission.COURSES_SELL) is None


async def test_another_clinic_learns_nothing_of_a_caution(ask: Asking, clinics: Clinics) -> None:
    here = await register(ask, clinics.desk())
    there = await register(ask, clinics.desk("london"), clinic="LONDON")
    code = (await link_code(ask, clinics.desk(), here))["code"]
    await link(ask, clinics.desk("london"), there, code)
    await place(ask, clinics.clinician(), here, severity="CAUTION")
    book = Permission.APPOINTMENTS_BOOK
    assert isinstance(await refusal(ask, clinics.desk(), here, book), HoldStops)
    assert await refusal(ask, clinics.desk("london"), there, book) is None


async def test_another_clinic_learns_not_yet_and_a_day(ask: Asking, clinics: Clinics) -> None:
    here = await register(ask, clinics.desk())
    there = await register(ask, clinics.desk("london"), clinic="LONDON")
    await place(ask, clinics.clinician(), here, reason=MARKED, untilOn="2199-12-31")
    clinician, book = clinics.clinician("london"), Permission.APPOINTMENTS_BOOK
    assert await refusal(ask, clinician, there, book) is None
    code = (await link_code(ask, clinics.desk(), here))["code"]
    await link(ask, clinics.desk("london"), there, code)
    error = await refusal(ask, clinician, there, book)
    assert isinstance(error, NotYet)
    assert error.message == "Not yet: until 2199-12-31."
    await place(ask, clinics.clinician(), here, reason=MARKED)
    error = await refusal(ask, clinician, there, book)
    assert isinstance(error, NotYet)
    assert error.message == "Not yet."
    assert (await ask.data(clinician, HOLDS, by={"id": there["id"]}))["client"]["holds"] == {
        "edges": []
    }


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"reason": " "}, "REASON_NEEDED", "reason"),
        ({"templates": []}, "INVALID_HOLD", "templates"),
        ({"templates": [{"code": "NONE"}]}, "NOT_FOUND", None),
        ({"untilOn": "2020-01-01"}, "INVALID_HOLD", "untilOn"),
    ],
)
async def test_nothing_is_written_of_a_hold_refused(
    ask: Asking, clinics: Clinics, fields: dict[str, Any], code: str, field: str | None
) -> None:
    client = await register(ask, clinics.desk())
    before = await ask.counts()
    problem = await place(ask, clinics.clinician(), client, **fields)
    assert (problem["code"], problem.get("field")) == (code, field)
    assert await ask.counts() == before


async def test_only_clinicians_place_and_clear(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.desk())
    hold = await place(ask, clinics.clinician(), client)
    placing = "mutation ($input: PlaceHoldInput!) { placeHold(input: $input) { __typename } }"
    clearing = "mutation ($input: ClearHoldInput!) { clearHold(input: $input) { __typename } }"
    placed = {"client": {"id": client["id"]}, "severity": "CAUTION", "reason": "x"}
    before = await ask.counts()
    for actor in (clinics.desk(), clinics.partner, everywhere(Role.HQ_ADMINISTRATOR)):
        assert (await ask(actor, placing, input=placed)).codes == ["FORBIDDEN"]
        cleared = {"id": hold["id"], "reason": "x"}
        assert (await ask(actor, clearing, input=cleared)).codes == ["FORBIDDEN"]
    assert await ask.counts() == before


@pytest.mark.isolation
async def test_another_clinics_holds_are_not_found(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.desk())
    hold = await place(ask, clinics.clinician(), client)
    theirs = clinics.clinician("london")
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await ask.data(clinics.clinician(), node, id=hold["id"]))["node"] is not None
    assert (await ask.data(theirs, node, id=hold["id"]))["node"] is None
    before = await ask.counts()
    assert (await place(ask, theirs, client))["code"] == "NOT_FOUND"
    refused = await change(ask, theirs, "clearHold", id=hold["id"], reason="x")
    assert refused["code"] == "NOT_FOUND"
    assert await ask.counts() == before


@pytest.mark.isolation
@pytest.mark.scope_only
async def test_a_clinician_of_one_clinic_reads_no_findings_of_another(
    ask: Asking, clinics: Clinics
) -> None:
    """Somebody who treats in London and sits at Raleigh's front desk."""
    client = await register(ask, clinics.desk())
    hold = await place(ask, clinics.clinician(), client, reason=MARKED)
    grants = (*clinics.desk().grants, *clinics.clinician("london").grants)
    both = Actor(ActorKind.PERSON, "both", new_id(), grants)
    answer = await ask(both, HOLDS, by={"id": client["id"]})
    assert answer.codes == ["FORBIDDEN"]
    assert "MARKED" not in json.dumps(answer.data)
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await ask.data(both, node, id=hold["id"]))["node"] is None
    error = await refusal(ask, both, client, Permission.APPOINTMENTS_BOOK)
    assert isinstance(error, HoldStops)
    assert error.code == "CLINICAL_REVIEW_NEEDED"


async def test_statements_do_not_grow_with_holds(ask: Asking, clinics: Clinics) -> None:
    query = """{ clients { edges { node { holds { edges { node { finding { reason } } } } } } } }"""
    clinician = clinics.clinician()
    seen = []
    for _ in range(2):
        client = await register(ask, clinics.desk())
        for _ in range(2):
            await place(ask, clinician, client)
        with ask.statements() as statements:
            await ask.data(clinician, query)
        seen.append(len(statements))
    assert seen == [5, 5]  # clients, holds, their keys, and the record: clients, events
