"""What applies in clinics through the database: HQ, the overlays in force, the clinic's values."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from schema.base import execute
from schema.paging import Page
from schema.protocols import store
from schema.protocols.models import ClinicProtocolOverrideRow, ClinicProtocolRow
from schema.protocols.rules import Set, at
from schema.protocols.store import ResolvedProtocol, layers, overlays
from schema.scope import EVERYWHERE, Scope
from tests.asking import Acting, Asking
from tests.demo import Network
from tests.franchise import add_clinic
from tests.protocols.adopting import (
    CLEANSE,
    DEPTH,
    MIN_DAYS,
    adopt,
    change,
    key,
    next_version,
    override,
)
from tests.protocols.authoring import TODAY
from tests.protocols.overlaying import (
    SET_ASIDE,
    Led,
    approved,
    ceiling,
    led,
    overlay_of,
    published,
    set_,
    step,
)
from tests.snapshots import Snapshots

MOST = "parameters.needle_depth_mm.max"
NUMB = "steps.NUMB_WAIT.minutes.typical"

RESOLVED = """
query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { addOns { key } resolved {
  changes { path class layer layerName before { integer decimal } after { integer decimal } }
  setAside { path layer layerName code message }
  interval { minDays preferredDays }
  content { addOns { key } parameters { default max } }
} } } }
"""


def removed(path: str) -> dict[str, Any]:
    return {"edit": {"remove": path}, "source": "A law."}


async def resolved(ask: Asking, hq: Led, adopted: Any) -> Any:
    return (await ask.data(hq.franchise.hq, RESOLVED, id=adopted["id"]))["node"]["resolved"]


async def found(act: Acting, *adoptions: Any) -> list[ResolvedProtocol]:
    """What applies, in the order of the adoptions."""
    ids = [key(each) for each in adoptions]
    async with act.work() as work:
        rows = await store.resolved_protocols(work.session, ids, EVERYWHERE)
    return [rows[each] for each in ids]


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Led:
    return await snapshots.of("led_medical_consult", lambda: led(act, "MN-MEDICAL", "CONSULT"))


@pytest.fixture
async def raleigh(ask: Asking, hq: Led) -> Any:
    return await adopt(ask, hq.manager)


@pytest.fixture
async def london(ask: Asking, hq: Led) -> Any:
    return await adopt(ask, hq.franchise.other_manager, "LONDON")


async def test_an_overlay_applies_in_its_jurisdiction_and_below_and_nowhere_else(
    ask: Asking, hq: Led, raleigh: Any, london: Any
) -> None:
    before = await resolved(ask, hq, london)
    await published(ask, hq, await overlay_of(ask, hq, "US"), ceiling("0.8"))
    there = await resolved(ask, hq, raleigh)
    assert there["content"]["parameters"] == [{"default": "0.8", "max": "0.8"}]
    assert {each["path"] for each in there["changes"]} == {
        "parameters.needle_depth_mm.ceiling",
        MOST,
        DEPTH,
    }
    assert {(each["class"], each["layer"], each["layerName"]) for each in there["changes"]} == {
        ("SAFETY_TIGHTENING", "JURISDICTION", "US")
    }
    assert await resolved(ask, hq, london) == before


async def test_states_lie_on_their_country_and_clinics_on_both(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    state, country = [await overlay_of(ask, hq, each) for each in ("US-NC", "US")]
    await published(ask, hq, state, ceiling("0.8"), set_(MIN_DAYS, integer=49))
    await published(ask, hq, country, ceiling("1.2"))
    raleigh = await override(ask, hq.manager, raleigh, DEPTH, decimal="0.7")
    changes = (await resolved(ask, hq, raleigh))["changes"]
    assert [each["layerName"] for each in changes if each["path"] == DEPTH] == ["US-NC", "RALEIGH"]
    ceilings = [each for each in changes if each["path"].endswith(".ceiling")]
    assert [(each["layerName"], each["after"]["decimal"]) for each in ceilings] == [
        ("US", "1.2"),
        ("US-NC", "0.8"),
    ]
    assert (await resolved(ask, hq, raleigh))["interval"]["minDays"] == 49


async def test_the_newest_overlay_whose_day_has_come_is_in_force_whatever_version_is_pinned(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    overlay = await overlay_of(ask, hq)
    await published(ask, hq, overlay, ceiling("1.2"))
    second = await published(ask, hq, overlay, ceiling("0.9"))
    later = await approved(ask, hq, overlay, ceiling("0.6"))
    soon = (TODAY + timedelta(days=3)).isoformat()
    await step(ask, hq.approver, "publishOverlayVersion", later, fromOn=soon)
    (now,) = await found(ask, raleigh)
    assert str(at(now.content, MOST)) == "0.9"
    await next_version(ask, hq, Set(MIN_DAYS, 49))
    told = {"clinicProtocol": raleigh["id"], "expectedRevision": 1}
    assert (await change(ask, hq.manager, "upgradeClinicProtocol", **told))["version"] == {
        "number": 2
    }
    (now,) = await found(ask, raleigh)
    assert (str(at(now.content, MOST)), at(now.content, MIN_DAYS)) == ("0.9", 49)
    await step(ask, hq.approver, "retireOverlayVersion", second, reason="Lifted.")
    (now,) = await found(ask, raleigh)
    assert str(at(now.content, MOST)) == "1.2"


async def test_an_overlay_begins_with_the_clinics_own_day(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    """Fourteen hours lie between the days of two clinics of one country."""
    overlay = await overlay_of(ask, hq, "US")
    version = await approved(ask, hq, overlay, ceiling("0.8"))
    async with ask.work() as work:
        east = await add_clinic(work, "FAR-EAST")
        for clinic_id, zone in (
            (hq.franchise.raleigh.id, "Etc/GMT+12"),
            (east.id, "Pacific/Kiritimati"),
        ):
            statement = text("update clinics set time_zone = :zone where id = :id")
            await execute(work.session, statement.bindparams(zone=zone, id=clinic_id))
        days = text("select (clock_timestamp() at time zone 'Pacific/Kiritimati')::date as day")
        tomorrow = (await execute(work.session, days)).scalar_one()
    told = {"fromOn": tomorrow.isoformat()}
    await step(ask, hq.approver, "publishOverlayVersion", version, **told)
    there = await adopt(ask, hq.franchise.hq, "FAR-EAST")
    west, eastern = await found(ask, raleigh, there)
    assert (west.changes, str(at(eastern.content, MOST))) == ((), "0.8")


@pytest.mark.parametrize(
    ("value", "code", "field"),
    [("0.9", "OUT_OF_BOUNDS", "value"), ("0.4", "OUT_OF_BOUNDS", "value")],
)
async def test_a_clinic_sets_nothing_looser_than_its_overlay(
    ask: Asking, hq: Led, raleigh: Any, value: str, code: str, field: str
) -> None:
    await published(ask, hq, await overlay_of(ask, hq), ceiling("0.8"))
    before = await ask.contents()
    answer = await override(ask, hq.manager, raleigh, DEPTH, decimal=value)
    assert (answer["__typename"], answer["code"], answer["field"]) == ("RuleProblem", code, field)
    assert await ask.contents() == before


async def test_a_clinic_sets_no_interval_shorter_than_its_overlay_demands(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    await published(ask, hq, await overlay_of(ask, hq), set_(MIN_DAYS, integer=49))
    before = await ask.contents()
    answer = await override(ask, hq.manager, raleigh, MIN_DAYS, integer=45)
    assert (answer["code"], answer["field"]) == ("OVERLAY_LOOSENS", "value")
    assert "US-NC" in answer["message"]
    assert await ask.contents() == before


async def test_a_value_that_an_overlay_outlaws_is_set_aside_and_reading_goes_on(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    raleigh = await override(ask, hq.manager, raleigh, DEPTH, decimal="1.5")
    await published(ask, hq, await overlay_of(ask, hq), ceiling("0.8"), accept=[SET_ASIDE])
    there = await resolved(ask, hq, raleigh)
    (aside,) = there["setAside"]
    assert (aside["path"], aside["layer"], aside["layerName"], aside["code"]) == (
        DEPTH,
        "CLINIC",
        "RALEIGH",
        "OUT_OF_BOUNDS",
    )
    assert there["content"]["parameters"] == [{"default": "0.8", "max": "0.8"}]
    other = await override(ask, hq.manager, raleigh, NUMB, integer=25)
    assert other["__typename"] == "ClinicProtocol", "what was set aside stops nothing else"
    told = {"clinicProtocol": raleigh["id"], "expectedRevision": other["revision"], "path": DEPTH}
    cleared = await change(ask, hq.manager, "clearClinicOverride", **told)
    assert [each["path"] for each in cleared["overrides"]] == [NUMB]
    assert cleared["resolved"]["setAside"] == []


async def test_an_add_on_that_an_overlay_removes_is_not_offered_there(
    ask: Asking, hq: Led, raleigh: Any, london: Any
) -> None:
    await published(
        ask, hq, await overlay_of(ask, hq, "GB"), removed("addOns.PRP"), accept=[SET_ASIDE]
    )
    there, here = [await resolved(ask, hq, each) for each in (london, raleigh)]
    assert {each["key"] for each in here["content"]["addOns"]} - {
        each["key"] for each in there["content"]["addOns"]
    } == {"PRP"}
    assert here["setAside"] == []
    (aside,) = there["setAside"]
    assert (aside["path"], aside["code"]) == ("addOns.PRP", "ADD_ON_NOT_ALLOWED")
    offered = [each.add_on_keys for each in await found(ask, london, raleigh)]
    assert offered == [("MMP",), ("MMP", "PRP")]
    before = await ask.contents()
    told = {"clinicProtocol": london["id"], "expectedRevision": 1}
    manager = hq.franchise.other_manager
    for answer in (
        await change(ask, manager, "changeAdoptedAddOns", **told, addOns=["PRP"]),
        await adopt(ask, manager, "LONDON", addOns=["LED", "PRP"]),
    ):
        assert answer["code"] == "ADD_ON_NOT_ALLOWED"
    assert await ask.contents() == before


async def test_whatever_is_stored_applies_or_is_set_aside(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    """Rows that no action of today would write."""
    stored = {
        DEPTH: "deep",
        "steps.POLISH.minutes.typical": 5,
        "steps.NEEDLE.minutes.typical": 25,
        f"{CLEANSE}.typical": 15,
        MIN_DAYS: 3,
        "name": None,
        "": 1,
        NUMB: 25,
    }
    async with ask.work() as work:
        for path, value in stored.items():
            work.session.add(
                ClinicProtocolOverrideRow(
                    clinic_id=hq.franchise.raleigh.id,
                    clinic_protocol_id=key(raleigh),
                    path=path,
                    value=value,
                    reason="Imported.",
                    set_at=work.now,
                )
            )
    there = await resolved(ask, hq, raleigh)
    assert {each["path"] for each in there["changes"]} == {NUMB}
    assert {each["path"]: each["code"] for each in there["setAside"]} == {
        DEPTH: "INVALID_VALUE",
        "steps.POLISH.minutes.typical": "UNKNOWN_PATH",
        "steps.NEEDLE.minutes.typical": "FIELD_LOCKED",
        f"{CLEANSE}.typical": "INVALID_CONTENT",
        MIN_DAYS: "BELOW_HEALING_GUARD",
        "name": "INVALID_VALUE",
        "": "UNKNOWN_PATH",
    }


async def test_the_order_in_which_rows_are_read_does_not_matter(
    act: Acting, hq: Led, raleigh: Any, london: Any
) -> None:
    values = [(f"{CLEANSE}.max", 15), (f"{CLEANSE}.typical", 10), (NUMB, 25), (MIN_DAYS, 35)]
    for adopted, clinic, rows in (
        (raleigh, hq.franchise.raleigh, values),
        (london, hq.franchise.london, list(reversed(values))),
    ):
        async with act.work() as work:
            for path, value in rows:
                work.session.add(
                    ClinicProtocolOverrideRow(
                        clinic_id=clinic.id,
                        clinic_protocol_id=key(adopted),
                        path=path,
                        value=value,
                        reason="Ours.",
                        set_at=work.now,
                    )
                )
                await work.session.flush()
    one, other = await found(act, raleigh, london)
    assert one.content == other.content
    assert [each.difference for each in one.changes] == [each.difference for each in other.changes]


async def test_what_one_clinic_withdraws_others_go_on_offering(
    ask: Asking, hq: Led, raleigh: Any, london: Any
) -> None:
    (before,) = await found(ask, london)
    told = {"clinicProtocol": raleigh["id"]}
    await change(ask, hq.manager, "changeAdoptedAddOns", **told, expectedRevision=1, addOns=["MMP"])
    await change(ask, hq.manager, "setProtocolOffered", **told, expectedRevision=2, offered=False)
    here, there = await found(ask, raleigh, london)
    assert (here.state, here.add_on_keys) == ("WITHDRAWN", ("MMP",))
    assert there == before
    assert (there.state, there.add_on_keys) == ("OFFERED", ("MMP", "PRP"))


async def test_overrides_are_sparse_rows_with_who_when_and_why(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    await override(ask, hq.manager, raleigh, DEPTH, decimal="1.5")
    async with ask.work() as work:
        (row,) = (await work.session.exec(select(ClinicProtocolOverrideRow))).all()
        assert (row.path, row.value, row.reason) == (DEPTH, "1.5", "Our rooms are small.")
        assert row.set_by is not None
        assert row.set_at <= work.now


async def test_what_applies_in_the_whole_network_takes_one_statement(network: Network) -> None:
    async with network.act.work() as work:
        query = select(ClinicProtocolRow.id).order_by(col(ClinicProtocolRow.id))
        ids = list(await work.session.exec(query))
    assert len(ids) == 500
    taken = []
    for wanted in (ids[:1], ids):
        async with network.act.context(network.hq).reading() as session:
            with network.act.statements() as statements:
                rows = await store.resolved_protocols(session, wanted, EVERYWHERE)
        assert len(rows) == len(wanted)
        taken.append(len(statements))
    assert taken == [1, 1]


async def test_every_adoption_of_the_network_is_pinned(network: Network) -> None:
    async with network.act.work() as work:
        ids = list(await work.session.exec(select(ClinicProtocolRow.id)))
        pins = await store.pins_by_clinic_protocol(work.session, ids, EVERYWHERE, Page())
    assert set(pins) == set(ids)
    assert {(each.cause, each.number, each.left_at) for (each,) in pins.values()} == {
        ("ADOPTED", 1, None)
    }


async def test_an_upgrade_asks_about_what_an_overlay_outlawed(
    ask: Asking, hq: Led, raleigh: Any
) -> None:
    raleigh = await override(ask, hq.manager, raleigh, DEPTH, decimal="1.5")
    await published(ask, hq, await overlay_of(ask, hq), ceiling("0.8"), accept=[SET_ASIDE])
    await next_version(ask, hq, Set("parameters.needle_depth_mm.default", "0.6"))
    before = await ask.contents()
    told = {"clinicProtocol": raleigh["id"], "expectedRevision": raleigh["revision"]}
    refused = await change(ask, hq.manager, "upgradeClinicProtocol", **told)
    (conflict,) = refused["conflicts"]
    assert (conflict["outcome"], conflict["layer"], conflict["layerName"]) == (
        "OUT_OF_BOUNDS",
        "JURISDICTION",
        "US-NC",
    )
    assert (conflict["proposal"], conflict["proposed"]["decimal"]) == ("CHANGE", "0.8")
    kept = [{"keep": DEPTH}]
    still = await change(ask, hq.manager, "upgradeClinicProtocol", **told, resolutions=kept)
    assert (still["code"], still["field"]) == ("OUT_OF_BOUNDS", "resolutions.0")
    assert await ask.contents() == before
    changed = {"path": DEPTH, "value": {"decimal": "0.8"}, "reason": "The law."}
    done = await change(
        ask, hq.manager, "upgradeClinicProtocol", **told, resolutions=[{"change": changed}]
    )
    assert (done["version"], done["resolved"]["setAside"]) == ({"number": 2}, [])


async def test_overlays_are_read_once_for_all(
    ask: Asking, hq: Led, raleigh: Any, london: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, edit in (
        ("US", set_(MIN_DAYS, integer=49)),
        ("US-NC", ceiling("0.8")),
        ("GB", set_(MIN_DAYS, integer=49)),
    ):
        await published(ask, hq, await overlay_of(ask, hq, place), edit)
    monkeypatch.setattr(overlays, "_read", {})  # what publishing and adopting read of them
    monkeypatch.setattr(layers, "_kept", {})
    ids: list[UUID] = [key(each) for each in (raleigh, london)]
    taken = []
    for _ in range(2):
        async with ask.work() as work:
            with ask.statements() as statements:
                await store.resolved_protocols(work.session, ids, EVERYWHERE)
            nowhere = Scope(frozenset())
            assert await store.resolved_protocols(work.session, ids, nowhere) == {}
        taken.append(len(statements))
    assert taken == [2, 1]
