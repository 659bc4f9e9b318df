"""A jurisdiction's overlay is judged by the clinics there before it is published."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schema.access.rules import Role, ScopeKind
from schema.base import new_id
from schema.governance import store
from schema.governance.rules import Reached, Replacement, given_up, values_set_aside
from schema.protocols import actions as protocols
from schema.protocols import store as protocol_store
from schema.protocols.models import JurisdictionOverlayRow
from schema.protocols.rules import Overlay, Resolved, Set, edited
from schema.scope import EVERYWHERE, Scope
from tests.asking import Acting, Asking
from tests.demo import Network
from tests.governance.judged import FINDINGS, TODAY, Judged, run
from tests.pricing.terms import MEDICAL
from tests.protocols import overlaying
from tests.protocols.overlaying import MIN_DAYS, Led, ceiling, hire, overlay_of, set_

PACKAGES, VALUES, LESS = (
    "INFEASIBLE_PACKAGES",
    "CLINIC_VALUES_SET_ASIDE",
    "LESS_STRICT_THAN_PRESENT",
)
DEPTH = "parameters.needle_depth_mm.default"
MORE = """... on ClinicValuesSetAside { path clinicCount clinicCodes }
    ... on LessStrictThanPresent { versionNumbers
      difference { path class layerName before { integer decimal } after { integer decimal } } }"""
SAID = FINDINGS.replace("findings {", f"findings {{ {MORE}", 1)
PUBLISH = """mutation ($input: PublishOverlayVersionInput!) {
  publishOverlayVersion(input: $input) { __typename
    ... on PublishedOverlayVersion { dryRun %(findings)s
      version { number state publishedFrom revision } }
    ... on PublicationRefusedProblem { field %(findings)s }
    ... on Problem { code message retry } ... on RuleProblem { field }
    ... on NotFoundProblem { field } ... on ConflictProblem { field }
    ... on ValidationProblem { problems { code field } } } }""" % {"findings": SAID}  # noqa: UP031  # braces


@pytest.fixture
async def lex(act: Acting, hq: Judged) -> Led:
    """The same franchise, with two country leads."""
    leads = [
        await hire(act, f"lead-{region.lower()}", Role.COUNTRY_LEAD, ScopeKind.REGION, region)
        for region in ("AMERICAS", "EUROPE")
    ]
    return Led(hq.franchise, hq.author, hq.approver, *leads)


async def publish(ask: Asking, hq: Judged, version: Any, **fields: Any) -> Any:
    told = {"version": version["id"], "expectedRevision": version["revision"], **fields}
    return await ask.change(hq.approver, PUBLISH, input=told)


async def refused(ask: Asking, hq: Judged, version: Any, **fields: Any) -> Any:
    """The problem, having written nothing, neither for real nor in a dry run."""
    before = await ask.contents()
    answer = await publish(ask, hq, version, **fields)
    assert answer["__typename"].endswith("Problem")
    dry = await publish(ask, hq, version, **fields, dryRun=True)
    if answer["__typename"] == "PublicationRefusedProblem":
        assert (dry["__typename"], dry["dryRun"]) == ("PublishedOverlayVersion", True)
        assert dry["findings"] == answer["findings"]
    else:
        assert dry == answer
    assert await ask.contents() == before
    return answer


async def approved(ask: Asking, lex: Led, overlay: Any, *edits: dict[str, Any]) -> Any:
    return await overlaying.approved(ask, lex, overlay, *edits)


async def choose(act: Acting, adoption: Any, path: str, value: Any) -> None:
    async with act.work() as work:
        row = await protocol_store.clinic_protocol(work.session, EVERYWHERE, adoption)
        assert row is not None
        await protocols.set_clinic_override(
            work,
            clinic_protocol_id=adoption,
            expected_revision=row.revision,
            path=path,
            value=value,
            reason="Our clients like it so.",
        )


async def test_packages_that_become_impossible_stop_it(ask: Asking, hq: Judged, lex: Led) -> None:
    """200 days between sessions, where three are sold for 120; London is under another law."""
    version = await approved(ask, lex, await overlay_of(ask, lex), set_(MIN_DAYS, integer=200))
    answer = await refused(ask, hq, version)
    assert (answer["code"], answer["field"]) == ("PUBLICATION_REFUSED", "accept")
    (found,) = answer["findings"]
    assert (found["risk"], found["accepted"]) == (PACKAGES, False)
    assert (found["clinicCode"], found["packageCode"]) == ("RALEIGH", "GLOW-3")
    assert (found["daysNeeded"], found["daysValid"]) == (400, 120)
    await refused(ask, hq, version, accept=[VALUES, LESS])


async def test_an_accepted_risk_is_on_record_and_the_clinic_is_asked(
    ask: Asking, hq: Judged, lex: Led
) -> None:
    overlay = await overlay_of(ask, lex, "US")  # the law of the whole country
    version = await approved(ask, lex, overlay, set_(MIN_DAYS, integer=61))
    from_on = TODAY + timedelta(days=3)
    told = {"fromOn": from_on.isoformat(), "accept": [PACKAGES, LESS]}
    done = await publish(ask, hq, version, **told)
    assert done["version"] == {
        "number": 1,
        "state": "PUBLISHED",
        "publishedFrom": from_on.isoformat(),
        "revision": 4,
    }
    assert [each["accepted"] for each in done["findings"]] == [True]
    query = "{ tasks(first: 9) { edges { node { kind title role dueOn clinic { code } } } } }"
    tasks = (await ask.data(hq.manager, query))["tasks"]["edges"]
    assert [each["node"] for each in tasks] == [
        {
            "kind": "PACKAGE_REVIEW",
            "title": "US makes MN-MEDICAL stricter (1): GLOW-3 cannot be finished in time under it."
            " End or replace.",
            "role": "CLINIC_MANAGER",
            "dueOn": (from_on + timedelta(days=14)).isoformat(),
            "clinic": {"code": "RALEIGH"},
        }
    ]
    assert await recorded(ask) == {
        "number": 1,
        "from_on": from_on.isoformat(),
        "accepted_risks": [PACKAGES],
        "finding_count": 1,
        "findings": [
            {
                "risk": PACKAGES,
                "package": "RALEIGH/GLOW-3",
                "variant": "STANDARD concerns",
                "days_needed": 122,
                "days_valid": 120,
            }
        ],
    }


async def recorded(act: Acting) -> Any:
    statement = "select payload from events where name = 'overlay_version.published' order by id"
    return list(await run(act, statement))[-1][0]


async def test_what_the_law_does_not_break_is_published(ask: Asking, hq: Judged, lex: Led) -> None:
    version = await approved(ask, lex, await overlay_of(ask, lex), set_(MIN_DAYS, integer=60))
    before = await ask.contents()
    dry = await publish(ask, hq, version, dryRun=True)
    assert (dry["dryRun"], dry["findings"], dry["version"]["state"]) == (True, [], "APPROVED")
    assert await ask.contents() == before
    done = await publish(ask, hq, version)
    assert (done["dryRun"], done["findings"], done["version"]["state"]) == (False, [], "PUBLISHED")
    assert (await recorded(ask))["finding_count"] == 0


async def test_packages_that_were_impossible_before_are_not_told_again(
    ask: Asking, hq: Judged, lex: Led
) -> None:
    overlay = await overlay_of(ask, lex)
    law = set_(MIN_DAYS, integer=66)
    await overlaying.published(ask, lex, overlay, law, accept=[PACKAGES])
    version = await approved(ask, lex, overlay, set_(MIN_DAYS, integer=70))
    assert (await publish(ask, hq, version))["findings"] == []


async def test_clinics_own_values_and_add_ons_that_it_would_set_aside_stop_it(
    ask: Asking, hq: Judged, lex: Led
) -> None:
    await choose(ask, hq.raleigh, DEPTH, Decimal("0.9"))
    await choose(ask, hq.london, DEPTH, Decimal("0.9"))
    version = await approved(ask, lex, await overlay_of(ask, lex), ceiling("0.8"))
    answer = await refused(ask, hq, version)
    assert answer["findings"] == [
        {
            "__typename": "ClinicValuesSetAside",
            "risk": VALUES,
            "accepted": False,
            "message": f"{DEPTH}: what 1 clinic(s) chose would no longer apply: RALEIGH.",
            "path": DEPTH,
            "clinicCount": 1,
            "clinicCodes": ["RALEIGH"],
        }
    ]
    assert (await publish(ask, hq, version, accept=[VALUES]))["version"]["state"] == "PUBLISHED"
    assert (await recorded(ask))["findings"] == [
        {"risk": VALUES, "path": DEPTH, "clinic_count": 1, "clinics": ["RALEIGH"]}
    ]
    stricter = overlay_of(ask, lex, "US")
    version = await approved(ask, lex, await stricter, ceiling("0.7"))
    assert (await publish(ask, hq, version))["findings"] == []  # it was set aside already


async def test_what_is_in_force_and_given_up_stops_it(ask: Asking, hq: Judged, lex: Led) -> None:
    overlay = await overlay_of(ask, lex)
    await overlaying.published(ask, lex, overlay, ceiling("0.8"), set_(MIN_DAYS, integer=60))
    version = await approved(ask, lex, overlay, ceiling("0.7"), set_(MIN_DAYS, integer=56))
    answer = await refused(ask, hq, version, accept=[PACKAGES, VALUES])
    (found,) = answer["findings"]
    assert (found["__typename"], found["risk"]) == ("LessStrictThanPresent", LESS)
    assert found["versionNumbers"] == [1]
    assert found["message"].startswith(f"{MIN_DAYS} would be less strict than US-NC demands today")
    assert found["difference"] == {
        "path": MIN_DAYS,
        "class": "SAFETY_LOOSENING",
        "layerName": "US-NC",
        "before": {"integer": 60, "decimal": None},
        "after": {"integer": 56, "decimal": None},
    }
    assert (await publish(ask, hq, version, accept=[LESS]))["version"]["state"] == "PUBLISHED"
    assert (await recorded(ask))["accepted_risks"] == [LESS]


async def test_what_is_given_up_is_told_where_no_clinic_is(
    ask: Asking, hq: Judged, lex: Led
) -> None:
    overlay = await overlay_of(ask, lex, "US-FL")
    await overlaying.published(ask, lex, overlay, set_(MIN_DAYS, integer=60))
    version = await approved(ask, lex, overlay, ceiling("0.7"))
    (found,) = (await refused(ask, hq, version))["findings"]
    assert (found["difference"]["path"], found["versionNumbers"]) == (MIN_DAYS, [1])


async def test_changes_that_are_refused_write_nothing(ask: Asking, hq: Judged, lex: Led) -> None:
    overlay = await overlay_of(ask, lex)
    draft = await overlaying.draft(ask, lex.american, overlay, ceiling("0.9"))
    ready = await approved(ask, lex, overlay, ceiling("0.8"))
    ghost = {"id": overlay["id"], "revision": 1}
    days = [(TODAY + timedelta(days=each)).isoformat() for each in (-2, 400)]
    cases: list[tuple[Any, dict[str, Any], str, str | None]] = [
        (draft, {}, "VERSION_STATE_FORBIDS", None),
        (ready, {"expectedRevision": 2}, "STALE_REVISION", "expectedRevision"),
        (ready, {"fromOn": days[0]}, "NOT_PUBLISHED", "fromOn"),
        (ready, {"fromOn": days[1]}, "NOT_PUBLISHED", "fromOn"),
        (ghost, {}, "NOT_FOUND", None),
    ]
    for version, fields, code, field in cases:
        answer = await refused(ask, hq, version, accept=[PACKAGES, VALUES, LESS], **fields)
        assert (answer["code"], answer.get("field")) == (code, field)


async def test_of_two_who_publish_at_once_one_wins(ask: Asking, hq: Judged, lex: Led) -> None:
    version = await approved(ask, lex, await overlay_of(ask, lex), set_(MIN_DAYS, integer=61))
    answers = await asyncio.gather(
        *(publish(ask, hq, version, accept=[PACKAGES]) for _ in range(2))
    )
    kinds = sorted(each["__typename"] for each in answers)
    assert kinds == ["ConflictProblem", "PublishedOverlayVersion"]
    tasks = await run(ask, "select count(*) from tasks where title like 'US-NC makes%'")
    assert tasks.scalar_one() == 1


async def test_judging_takes_as_many_statements_for_many_clinics_as_for_one(
    network: Network,
) -> None:
    taken = []
    async with network.act.work() as work:
        found = await protocol_store.jurisdiction_overlay(work.session, "MN-MEDICAL", "US")
        template = await protocol_store.template(work.session, "MN-MEDICAL")
        assert template is not None
        overlay = found or JurisdictionOverlayRow(
            template_id=template.id, jurisdiction_code="US", lead_id=template.id
        )
        law = Overlay("US", (Set(MIN_DAYS, 60),))
        day = work.now.date()
        everywhere = await store.reached(work.session, EVERYWHERE, overlay, law, day)
        one = everywhere.clinics[0]
        row = await protocol_store.clinic_protocol(work.session, EVERYWHERE, one.clinic_protocol_id)
        assert row is not None
        for scope in (Scope(frozenset([row.clinic_id])), EVERYWHERE):
            with network.act.statements() as statements:
                reach = await store.reached(work.session, scope, overlay, law, day)
                packages = await store.packages_reached(work.session, scope, reach.clinics)
            taken.append(len(statements))
    assert len(reach.clinics) > 20
    assert packages
    # jurisdictions, adoptions, version today, in force, jurisdictions, beneath; layers, versions,
    # packages
    assert taken == [9, 9]


def test_an_add_on_that_the_law_takes_out_is_set_aside_like_a_value() -> None:
    without = replace(MEDICAL, add_ons=())
    clinics = [
        Reached(
            clinic_protocol_id=new_id(),
            clinic_code=code,
            add_on_keys=("PRP",),
            present=Resolved(MEDICAL, MEDICAL),
            coming=Resolved(without, without),
        )
        for code in ("RALEIGH", "TAMPA")
    ]
    (found,) = values_set_aside(clinics)
    assert (found.path, found.clinic_codes) == ("addOns.PRP", ("RALEIGH", "TAMPA"))
    assert found.message.endswith("what 2 clinic(s) chose would no longer apply: RALEIGH, TAMPA.")


def test_what_is_given_up_is_told_by_path_with_the_versions_where_it_is_so() -> None:
    strict = edited(MEDICAL, [Set(MIN_DAYS, 49)])
    pairs = [Replacement(number, strict, MEDICAL) for number in (1, 3)]
    same = Replacement(4, MEDICAL, MEDICAL)
    stricter = Replacement(5, MEDICAL, strict)
    (found,) = given_up([*pairs, same, stricter], "US")
    assert (found.path, found.numbers) == (MIN_DAYS, (1, 3))
    assert found.change.layer_name == "US"
