"""A version on its way from the draft to what clinics adopt: handed in, returned, approved."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.relay.utils import from_base64, to_base64

from schema.access.rules import NOBODY, SYSTEM, Role
from schema.protocols.rules import HealingGuard
from tests.actors import everywhere, partner_of
from tests.asking import Acting, Asking
from tests.protocols.authoring import (
    MEDICAL,
    TODAY,
    approved,
    change,
    draft,
    in_review,
    published,
    refused,
    step,
)
from tests.protocols.written import Published, as_input, publish
from tests.snapshots import Snapshots

SHORT = HealingGuard(key="SHALLOW", min_days=10, source="Wound healing after 0.5 mm, 2019.")
AGAIN = {"content": as_input(replace(MEDICAL.content, summary="With a pen."))}
APPROVALS = """
query ($id: ID!) { node(id: $id) { ... on ProtocolVersion {
  state approvalsNeeded approvals { approverId approvedAt } } } }
"""


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of("published_consult", lambda: publish(act, "CONSULT"))


def another() -> Any:
    return everywhere(Role.HQ_CLINICAL_LEAD)


async def test_version_returned_to_its_author_is_revised(ask: Asking, hq: Published) -> None:
    version = await in_review(ask, hq)
    returned = await step(
        ask, hq.approver, "returnProtocolVersion", version, reason="Name the device."
    )
    assert returned["state"] == "DRAFT"
    revised = await step(ask, hq.author, "reviseProtocolVersion", returned, **AGAIN)
    assert (revised["state"], revised["revision"]) == ("DRAFT", 4)
    log = "{ auditLog(first: 2) { edges { node { name payload } } } }"
    edges = (await ask.data(hq.author, log))["auditLog"]["edges"]
    assert "Name the device." in str(edges[1]["node"]["payload"])


async def test_returned_version_loses_its_approvals(ask: Asking, hq: Published) -> None:
    version = await approved(ask, hq)
    assert len(version["approvals"]) == 1
    returned = await step(ask, hq.author, "returnProtocolVersion", version, reason="A mistake.")
    assert (returned["state"], returned["approvals"]) == ("DRAFT", [])
    submitted = await step(ask, hq.author, "submitProtocolVersion", returned)
    once_more = await step(ask, hq.approver, "approveProtocolVersion", submitted)
    assert once_more["state"] == "APPROVED"


async def test_a_short_healing_guard_takes_two_people(ask: Asking, hq: Published) -> None:
    version = await in_review(ask, hq, healing_guards=(SHORT,))
    assert version["approvalsNeeded"] == 2
    first = await step(ask, hq.approver, "approveProtocolVersion", version)
    assert (first["state"], len(first["approvals"])) == ("IN_REVIEW", 1)
    told = {"version": first["id"], "expectedRevision": first["revision"]}
    await refused(ask, hq.approver, "approveProtocolVersion", "ALREADY_APPROVED", **told)
    second = await step(ask, another(), "approveProtocolVersion", first)
    assert (second["state"], len(second["approvals"])) == ("APPROVED", 2)


async def test_an_ordinary_version_takes_one(ask: Asking, hq: Published) -> None:
    version = await approved(ask, hq, healing_guards=(replace(SHORT, min_days=21),))
    assert (version["approvalsNeeded"], version["state"]) == (1, "APPROVED")
    told = {"version": version["id"], "expectedRevision": version["revision"]}
    await refused(ask, another(), "approveProtocolVersion", "VERSION_STATE_FORBIDS", **told)


async def test_nobody_approves_what_they_wrote_some_of(ask: Asking, hq: Published) -> None:
    """Neither who wrote it last, nor who wrote what is still in it."""
    first = await draft(ask, hq)
    revised = await step(ask, hq.approver, "reviseProtocolVersion", first, **AGAIN)
    assert revised["authorId"] != first.get("authorId")
    assert len(revised["writtenBy"]) == 2
    version = await step(ask, hq.author, "submitProtocolVersion", revised)
    told = {"version": version["id"], "expectedRevision": version["revision"]}
    for writer in (hq.author, hq.approver):
        await refused(ask, writer, "approveProtocolVersion", "OWN_DRAFT", **told)
    assert (await step(ask, another(), "approveProtocolVersion", version))["state"] == "APPROVED"


async def test_a_copy_of_a_draft_is_still_its_writers(ask: Asking, hq: Published) -> None:
    first = await draft(ask, hq)
    copy = await change(
        ask,
        hq.approver,
        "draftProtocolVersion",
        template={"code": "MN-MEDICAL"},
        **{"from": {"version": first["id"]}},
    )
    version = await step(ask, hq.approver, "submitProtocolVersion", copy)
    told = {"version": version["id"], "expectedRevision": version["revision"]}
    await refused(ask, hq.author, "approveProtocolVersion", "OWN_DRAFT", **told)


async def test_a_draft_from_a_published_version_is_who_writes_it(
    ask: Asking, hq: Published
) -> None:
    await published(ask, hq)
    second = await change(ask, hq.approver, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
    assert second["writtenBy"] == [second["authorId"]]
    version = await step(ask, hq.approver, "submitProtocolVersion", second)
    assert (await step(ask, hq.author, "approveProtocolVersion", version))["state"] == "APPROVED"


async def test_approvals_are_seen_by_who_sees_the_version(ask: Asking, hq: Published) -> None:
    waiting = await approved(ask, hq)
    done = await published(ask, hq, "MN-DONE")
    everywhere_but_not_ours = partner_of(None)
    for actor in (
        hq.manager,
        hq.franchise.other_manager,
        hq.franchise.partner,
        everywhere_but_not_ours,
    ):
        assert (await ask.data(actor, APPROVALS, id=waiting["id"]))["node"] is None
        seen = (await ask.data(actor, APPROVALS, id=done["id"]))["node"]
        assert (seen["approvalsNeeded"], len(seen["approvals"])) == (1, 1)
    assert len((await ask.data(hq.author, APPROVALS, id=waiting["id"]))["node"]["approvals"]) == 1
    assert (await ask(NOBODY, APPROVALS, id=done["id"])).data == {"node": None}


@pytest.mark.parametrize(
    "statement",
    [
        # Of the author, of another version's author, twice, and a version that changes hands after.
        "insert into protocol_approvals (id, version_id, author_id, approver_id, approved_at)"
        " select gen_random_uuid(), id, author_id, author_id, now() from protocol_versions",
        "insert into protocol_approvals (id, version_id, author_id, approver_id, approved_at)"
        " select gen_random_uuid(), id, gen_random_uuid(), author_id, now() from protocol_versions",
        "insert into protocol_approvals (id, version_id, author_id, approver_id, approved_at)"
        " select gen_random_uuid(), version_id, author_id, approver_id, now()"
        " from protocol_approvals",
        "update protocol_versions set author_id = gen_random_uuid() where state = 'APPROVED'",
        "update protocol_versions set author_id = a.approver_id, written_by = array[a.approver_id]"
        " from protocol_approvals a where a.version_id = protocol_versions.id"
        " and state = 'APPROVED'",
        "delete from protocol_versions where state = 'APPROVED'",
    ],
)
async def test_the_database_keeps_four_eyes(
    ask: Asking, hq: Published, owner_engine: AsyncEngine, statement: str
) -> None:
    await approved(ask, hq)
    engine = owner_engine.execution_options(actor=SYSTEM)
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_retired_version_is_read_kept_and_no_longer_adopted(
    ask: Asking, hq: Published
) -> None:
    manager = hq.franchise.other_manager  # where the day of UTC has always begun
    version = await published(ask, hq)
    adopt = """mutation ($clinic: String!) { adoptProtocol(input: {clinic: {code: $clinic},
        template: {code: "MN-MEDICAL"}}) { __typename ... on ClinicProtocol { id }
        ... on Problem { code } } }"""
    kept = await ask.change(manager, adopt, clinic="LONDON")
    retired = await step(
        ask, hq.approver, "retireProtocolVersion", version, reason="Replaced by a safer one."
    )
    assert (retired["state"], retired["retiredOn"]) == ("RETIRED", TODAY.isoformat())
    query = """query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { state
        version { state } resolved { content { name } } template { currentVersion { id }
        versions { edges { node { state } } } } } } }"""
    found = (await ask.data(manager, query, id=kept["id"]))["node"]
    assert found["version"] == {"state": "RETIRED"}
    assert (found["state"], found["resolved"]["content"]["name"]) == (
        "OFFERED",
        MEDICAL.content.name,
    )
    assert found["template"]["currentVersion"] is None
    assert [each["node"]["state"] for each in found["template"]["versions"]["edges"]] == ["RETIRED"]
    late = await ask.change(hq.manager, adopt, clinic="RALEIGH")
    assert late["code"] == "NOT_FOUND"
    log = "{ auditLog(first: 1) { edges { node { name payload } } } }"
    (edge,) = (await ask.data(hq.author, log))["auditLog"]["edges"]
    assert edge["node"]["name"] == "protocol_version.retired"
    assert "safer one" in str(edge["node"]["payload"])


async def test_changes_that_are_refused_write_nothing(ask: Asking, hq: Published) -> None:
    drafted = await draft(ask, hq)
    waiting = await in_review(ask, hq, "MN-WAITING")
    agreed = await approved(ask, hq, "MN-AGREED")
    done = await published(ask, hq, "MN-DONE")

    def at(version: Any, **fields: Any) -> dict[str, Any]:
        return {"version": version["id"], "expectedRevision": version["revision"], **fields}

    forbidden = "VERSION_STATE_FORBIDS"
    for version in (waiting, agreed, done):
        told = at(version, **AGAIN)
        await refused(ask, hq.author, "reviseProtocolVersion", forbidden, **told)
        await refused(ask, hq.author, "discardProtocolVersion", forbidden, **at(version))
        await refused(ask, hq.author, "submitProtocolVersion", forbidden, **at(version))
    for version in (drafted, agreed, done):
        await refused(ask, hq.approver, "approveProtocolVersion", forbidden, **at(version))
    for version in (drafted, done):
        told = at(version, reason="So.")
        await refused(ask, hq.approver, "returnProtocolVersion", forbidden, **told)
    for version in (drafted, waiting, agreed):
        await refused(ask, hq.approver, "retireProtocolVersion", forbidden, **at(version))
    await refused(ask, hq.author, "approveProtocolVersion", "OWN_DRAFT", **at(waiting))
    for reason in ("", "  \n"):
        told = at(waiting, reason=reason)
        await refused(ask, hq.approver, "returnProtocolVersion", "REASON_MISSING", "reason", **told)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("approveProtocolVersion", {}),
        ("discardProtocolVersion", {}),
        ("retireProtocolVersion", {}),
        ("returnProtocolVersion", {"reason": "So."}),
        ("reviseProtocolVersion", AGAIN),
        ("submitProtocolVersion", {}),
    ],
)
async def test_stale_or_unknown_versions_are_not_changed(
    ask: Asking, hq: Published, name: str, fields: dict[str, Any]
) -> None:
    version = await draft(ask, hq)
    stale = {"version": version["id"], "expectedRevision": 9, **fields}
    await refused(ask, hq.approver, name, "STALE_REVISION", "expectedRevision", **stale)
    for identity, field in (("Q2xpbmljOjE=", None), (unknown(version["id"]), "version")):
        told = {"version": identity, "expectedRevision": 1, **fields}
        await refused(ask, hq.approver, name, "NOT_FOUND", field, **told)


def unknown(identity: str) -> str:
    """The id of a version that is not there."""
    kind, key = from_base64(identity)
    return to_base64(kind, key[:-4] + ("0000" if key[-4:] != "0000" else "1111"))


async def test_of_two_who_change_a_version_at_once_one_is_first(ask: Asking, hq: Published) -> None:
    drafted = await draft(ask, hq)
    waiting = await in_review(ask, hq, "MN-WAITING")
    agreed = await approved(ask, hq, "MN-AGREED")
    both = [
        (
            step(ask, hq.author, "reviseProtocolVersion", drafted, **AGAIN),
            step(ask, hq.approver, "reviseProtocolVersion", drafted, **AGAIN),
        ),
        (
            step(ask, hq.approver, "approveProtocolVersion", waiting),
            step(ask, another(), "approveProtocolVersion", waiting),
        ),
        (
            step(ask, hq.approver, "returnProtocolVersion", agreed, reason="So."),
            step(ask, another(), "returnProtocolVersion", agreed, reason="So."),
        ),
    ]
    for one, other in both:
        answers = await asyncio.gather(one, other)
        assert sorted(each["__typename"] for each in answers) == [
            "ConflictProblem",
            "ProtocolVersion",
        ]
        (problem,) = (each for each in answers if each["__typename"] == "ConflictProblem")
        assert problem["code"] == "STALE_REVISION"
        (version,) = (each for each in answers if each["__typename"] == "ProtocolVersion")
        assert len(version["approvals"]) == (version["state"] == "APPROVED")


async def test_of_two_approvals_at_once_of_a_short_guard_one_counts(
    ask: Asking, hq: Published
) -> None:
    version = await in_review(ask, hq, healing_guards=(SHORT,))
    answers = await asyncio.gather(
        step(ask, hq.approver, "approveProtocolVersion", version),
        step(ask, another(), "approveProtocolVersion", version),
    )
    assert sorted(each.get("code", "") for each in answers) == ["", "STALE_REVISION"]
    (one,) = (each for each in answers if "code" not in each)
    assert (one["state"], len(one["approvals"])) == ("IN_REVIEW", 1)


async def test_writing_and_handing_in_at_once(ask: Asking, hq: Published) -> None:
    version = await draft(ask, hq)
    answers = await asyncio.gather(
        step(ask, hq.approver, "reviseProtocolVersion", version, **AGAIN),
        step(ask, hq.author, "submitProtocolVersion", version),
    )
    assert sorted(each.get("code", "") for each in answers) == ["", "STALE_REVISION"]
