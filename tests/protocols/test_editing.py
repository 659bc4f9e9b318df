"""A draft is edited field by field and item by item, each at its stable path."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from schema.protocols import store
from schema.protocols.rules import ProtocolContent
from schema.protocols.rules.paths import at
from tests.asking import Acting, Asking
from tests.protocols.authoring import MEDICAL, draft, in_review, published, refused, step
from tests.protocols.written import Published, publish
from tests.snapshots import Snapshots

EDIT = "editProtocolVersion"
FIVE = {"min": 5, "typical": 5, "max": 10}
ROOM = {"role": "ROOM", "kind": "ROOM", "anyOf": ["TREATMENT"]}
NURSE = {"role": "OPERATOR", "kind": "PRACTITIONER", "anyOf": ["NURSE"]}


def put(path: str, kind: str, item: dict[str, Any], **place: Any) -> dict[str, Any]:
    return {"put": {"path": path, "item": {kind: item}, **place}}


def set_(path: str, **value: Any) -> dict[str, Any]:
    return {"set": {"path": path, "value": value}}


def move(path: str, behind: str | None = None) -> dict[str, Any]:
    return {"move": {"path": path, "behind": behind}}


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of("published_consult", lambda: publish(act, "CONSULT"))


async def content(act: Acting) -> ProtocolContent:
    """What the newest version of MN-MEDICAL says, as it is stored."""
    async with act.work() as work:
        template = await store.template(work.session, "MN-MEDICAL")
        assert template is not None
        row = await store.newest_version(work.session, template.id)
        assert row is not None
        return store.content(row.content)


#: What HQ edits, what the edits are, and what the draft then says at some paths.
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a step's minutes": (
        [
            set_("steps.NEEDLE.minutes.typical", integer=25),
            set_("steps.NEEDLE.minutes.max", integer=40),
        ],
        {"steps.NEEDLE.minutes.typical": 25, "steps.NEEDLE.minutes.max": 40},
    ),
    "a new step": (
        [
            put(
                "steps",
                "protocolStep",
                {"key": "PHOTO", "name": "Photographs", "minutes": FIVE, "needs": [ROOM, NURSE]},
                behind="CONSENT",
            )
        ],
        {"steps.PHOTO.name": "Photographs", "steps.PHOTO.needs.OPERATOR.anyOf": ("NURSE",)},
    ),
    "a step that goes": ([{"remove": "steps.FOLLOW_UP"}], {}),
    "a step elsewhere": ([move("steps.CLEANSE", "SCREEN")], {"steps.CLEANSE.name": "Cleansing"}),
    "who treats": (
        [set_("steps.NEEDLE.needs.OPERATOR.anyOf", texts=["NURSE", "PHYSICIAN"])],
        {"steps.NEEDLE.needs.OPERATOR.anyOf": ("NURSE", "PHYSICIAN")},
    ),
    "a parameter": (
        [
            set_("parameters.needle_depth_mm.default", decimal="0.8"),
            put(
                "parameters",
                "protocolParameter",
                {
                    "key": "passes",
                    "name": "Passes",
                    "unit": "1",
                    "min": "1",
                    "max": "4",
                    "default": "2",
                },
            ),
        ],
        {
            "parameters.needle_depth_mm.default": Decimal("0.8"),
            "parameters.passes.default": Decimal(2),
        },
    ),
    "what an add-on requires and excludes": (
        [
            set_("addOns.COOLING_MASK.requires", texts=["LED"]),
            set_("addOns.LED.excludes", texts=["PRP"]),
            set_("addOns.LED.atMost", integer=3),
        ],
        {
            "addOns.COOLING_MASK.requires": ("LED",),
            "addOns.LED.excludes": ("PRP",),
            "addOns.LED.atMost": 3,
        },
    ),
    "what an add-on takes more": (
        [
            set_("addOns.MMP.extendsSteps.NEEDLE.extraMinutes.typical", integer=15),
            put(
                "addOns.LED.extendsSteps",
                "stepExtension",
                {"step": "SOOTHE", "extraMinutes": FIVE, "needs": [NURSE]},
            ),
            put(
                "addOns.COOLING_MASK.steps.COOLING_MASK.needs",
                "resourceNeed",
                {"role": "OPERATOR", "kind": "PRACTITIONER", "anyOf": ["AESTHETICIAN"]},
            ),
        ],
        {
            "addOns.MMP.extendsSteps.NEEDLE.extraMinutes.typical": 15,
            "addOns.LED.extendsSteps.SOOTHE.needs.OPERATOR.anyOf": ("NURSE",),
            "addOns.COOLING_MASK.steps.COOLING_MASK.needs.OPERATOR.anyOf": ("AESTHETICIAN",),
        },
    ),
    "an add-on's consent, and who may do it": (
        [
            set_("addOns.SERUM.consent", text="CONSENT-SERUM"),
            {"remove": "addOns.MMP.consent"},
            set_("addOns.PRP.steps.PRP_DRAW.needs.PHLEBOTOMIST.anyOf", texts=["PHYSICIAN"]),
            set_("addOns.SERUM.prescriberRequired", boolean=True),
        ],
        {
            "addOns.SERUM.consent": "CONSENT-SERUM",
            "addOns.MMP.consent": None,
            "addOns.PRP.steps.PRP_DRAW.needs.PHLEBOTOMIST.anyOf": ("PHYSICIAN",),
            "addOns.SERUM.prescriberRequired": True,
        },
    ),
    "an add-on that goes, with what is said about it": (
        [
            {"remove": "addOns.LED"},
            {"remove": "evidence.addOns.LED"},
            {"remove": "evidence.addOns.LED.steps"},
        ],
        {},
    ),
    "screening": (
        [
            put(
                "screeningRules",
                "screeningRule",
                {
                    "key": "COLD_SORES",
                    "question": "Do you get cold sores?",
                    "severity": "CAUTION",
                    "caps": {"parameter": "needle_depth_mm", "most": "1.0"},
                    "acknowledgement": "Needling may bring one out.",
                },
                behind=None,
            )
        ],
        {"screeningRules.COLD_SORES.caps.most": Decimal(1)},
    ),
    "care": (
        [
            set_("careInstructions.NO_SUN.window.toHours", integer=720),
            set_("careInstructions.MOISTURISE.strictness", text="MUST"),
            {"remove": "careInstructions.HYDRATE"},
            {"remove": "evidence.careInstructions.HYDRATE"},
            {"remove": "evidence.careInstructions.HYDRATE.window"},
        ],
        {
            "careInstructions.NO_SUN.window.toHours": 720,
            "careInstructions.MOISTURISE.strictness": "MUST",
        },
    ),
    "how many sessions": (
        [
            set_("sessionCounts.SEVERE.max", integer=10),
            put(
                "sessionCounts",
                "sessionCountRule",
                {"severity": "STANDARD", "min": 4, "default": 4, "max": 6},
            ),
        ],
        {"sessionCounts.SEVERE.max": 10, "sessionCounts.STANDARD.min": 4},
    ),
    "the interval of a variant": (
        [
            put(
                "intervalRules",
                "intervalRule",
                {
                    "key": "SCARS_DEEP",
                    "appliesTo": {
                        "indication": "SEVERE_ACNE_SCARS",
                        "severity": "SEVERE",
                        "fromDepthMm": "1.5",
                    },
                    "minDays": 56,
                    "preferredDays": 63,
                    "maxDays": 84,
                },
            ),
            set_("intervalRules.GENERAL.maxDays", integer=70),
        ],
        {
            "intervalRules.SCARS_DEEP.appliesTo.fromDepthMm": Decimal("1.5"),
            "intervalRules.GENERAL.maxDays": 70,
        },
    ),
    "a healing guard": (
        [
            put(
                "healingGuards",
                "healingGuard",
                {
                    "key": "HANDS",
                    "areas": ["HANDS"],
                    "minDays": 28,
                    "source": "Thin skin heals slowly, 2021.",
                },
            )
        ],
        {"healingGuards.HANDS.minDays": 28},
    ),
    "where figures come from": (
        [
            {"remove": "evidence.steps.NEEDLE.counts"},
            put(
                "evidence",
                "evidence",
                {
                    "path": "steps.NEEDLE.counts",
                    "kind": "HQ_DECISION",
                    "note": "Each area is needled by itself.",
                },
            ),
            set_("evidence.modality.note", text="Collagen induction."),
        ],
        {
            "evidence.steps.NEEDLE.counts.note": "Each area is needled by itself.",
            "evidence.modality.note": "Collagen induction.",
        },
    ),
    "a translation": (
        [
            put(
                "translations",
                "translation",
                {
                    "language": "es",
                    "texts": [
                        {
                            "path": "steps.CLEANSE.name",
                            "of": "Cleansing",
                            "text": "Limpieza",
                        }
                    ],
                },
            ),
            put(
                "translations.es.texts",
                "translatedText",
                {"path": "steps.CONSENT.name", "of": "Consent", "text": "Consentimiento"},
            ),
        ],
        {
            "translations.es.texts.steps.CLEANSE.name.text": "Limpieza",
            "translations.es.texts.steps.CONSENT.name.text": "Consentimiento",
        },
    ),
    "what clinics may change": (
        [
            put(
                "locks",
                "fieldLock",
                {"path": "steps.SOOTHE.minutes.max", "lock": "BOUNDED", "min": "5", "max": "15"},
            )
        ],
        {"locks.steps.SOOTHE.minutes.max.max": Decimal(15)},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_hq_edits(ask: Asking, hq: Published, name: str) -> None:
    edits, says = CASES[name]
    version = await draft(ask, hq)
    answer = await step(ask, hq.author, EDIT, version, edits=edits)
    assert answer["__typename"] == "ProtocolVersion", answer
    assert (answer["state"], answer["revision"]) == ("DRAFT", 2)
    found = await content(ask)
    assert found != MEDICAL.content
    for path, value in says.items():
        assert at(found, path) == value, path


async def test_items_go_where_they_are_put(ask: Asking, hq: Published) -> None:
    edits = [
        *CASES["a new step"][0],
        {"remove": "steps.FOLLOW_UP"},
        move("steps.AFTERCARE", "NEEDLE"),
        move("steps.CONSENT"),
        *CASES["screening"][0],
    ]
    await step(ask, hq.author, EDIT, await draft(ask, hq), edits=edits)
    found = await content(ask)
    assert [each.key for each in found.steps] == [
        "CONSENT",
        "SCREEN",
        "PHOTO",
        "CLEANSE",
        "NUMB_APPLY",
        "NUMB_WAIT",
        "NEEDLE",
        "AFTERCARE",
        "SOOTHE",
    ]
    assert found.screening_rules[0].key == "COLD_SORES"
    assert found.screening_rules[1:] == MEDICAL.content.screening_rules


async def test_one_edit_may_mend_what_another_breaks(ask: Asking, hq: Published) -> None:
    """Between the two, the least is longer than the most."""
    edits = [
        set_("intervalRules.GENERAL.minDays", integer=70),
        set_("intervalRules.GENERAL.preferredDays", integer=77),
        set_("intervalRules.GENERAL.maxDays", integer=84),
    ]
    answer = await step(ask, hq.author, EDIT, await draft(ask, hq), edits=edits)
    assert answer["revision"] == 2
    assert (await content(ask)).interval_rules[0].min_days == 70


async def test_whoever_edits_is_an_author(ask: Asking, hq: Published) -> None:
    edits = [set_("summary", text="With a pen.")]
    answer = await step(ask, hq.approver, EDIT, await draft(ask, hq), edits=edits)
    assert len(answer["writtenBy"]) == 2
    log = "{ auditLog(first: 1) { edges { node { name payload } } } }"
    (edge,) = (await ask.data(hq.author, log))["auditLog"]["edges"]
    assert edge["node"]["name"] == "protocol_version.edited"
    assert "summary" in str(edge["node"]["payload"])


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (set_("steps.NOPE.minutes.typical", integer=5), "UNKNOWN_PATH"),
        (set_("steps.NEEDLE.length", integer=5), "UNKNOWN_PATH"),
        (set_("", integer=5), "UNKNOWN_PATH"),
        (set_("steps..minutes", integer=5), "UNKNOWN_PATH"),
        (set_("name.first", text="Any"), "UNKNOWN_PATH"),
        ({"remove": ""}, "UNKNOWN_PATH"),
        ({"remove": "steps.NOPE"}, "UNKNOWN_PATH"),
        ({"remove": "addOns.PRP.steps.NOPE"}, "UNKNOWN_PATH"),
        ({"remove": "name"}, "INVALID_VALUE"),
        (move("steps.NOPE", "NEEDLE"), "UNKNOWN_PATH"),
        (move("steps.NEEDLE", "NOPE"), "UNKNOWN_PATH"),
        (move("steps.NEEDLE", "NEEDLE"), "UNKNOWN_PATH"),
        (move("steps"), "INVALID_VALUE"),
        (set_("steps.NEEDLE.minutes.typical", text="long"), "INVALID_VALUE"),
        (set_("steps.NEEDLE.optional", integer=1), "INVALID_VALUE"),
        (set_("steps.NEEDLE.counts", text="SOMETIMES"), "INVALID_VALUE"),
        (set_("steps.NEEDLE.key", text="PRICK"), "INVALID_VALUE"),
        (set_("steps.NEEDLE", text="PRICK"), "INVALID_VALUE"),
        (set_("addOns.PRP.excludes", text="SERUM"), "INVALID_VALUE"),
        (put("steps", "treatedArea", {"key": "LEG", "name": "Leg"}), "INVALID_VALUE"),
        (put("steps.NEEDLE", "treatedArea", {"key": "LEG", "name": "Leg"}), "INVALID_VALUE"),
        (put("areas", "treatedArea", {"key": "LEG", "name": "Leg"}, behind="ARM"), "UNKNOWN_PATH"),
    ],
)
async def test_all_edits_are_made_or_none(
    ask: Asking, hq: Published, bad: dict[str, Any], code: str
) -> None:
    version = await draft(ask, hq)
    good = set_("summary", text="With a pen.")
    told = {"version": version["id"], "expectedRevision": 1, "edits": [good, bad, good]}
    await refused(ask, hq.author, EDIT, code, "edits.1", **told)
    assert await content(ask) == MEDICAL.content


async def test_all_that_is_wrong_with_the_outcome_is_said_at_once(
    ask: Asking, hq: Published
) -> None:
    edits = [
        set_("name", text=" "),
        set_("intervalRules.GENERAL.minDays", integer=7),
        set_("parameters.needle_depth_mm.default", decimal="9"),
    ]
    told = {"version": (await draft(ask, hq))["id"], "expectedRevision": 1, "edits": edits}
    answer = await refused(ask, hq.author, EDIT, "VALIDATION_FAILED", **told)
    assert answer["__typename"] == "ValidationProblem"
    assert {each["field"] for each in answer["problems"]} >= {
        "name",
        "intervalRules.GENERAL.minDays",
        "parameters.needle_depth_mm.default",
    }
    assert await content(ask) == MEDICAL.content


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (
            put(
                "addOns.LED.steps",
                "protocolStep",
                {"key": "CLEANSE", "name": "Again", "minutes": FIVE, "anchor": {"step": "SOOTHE"}},
            ),
            "steps",
        ),
        # Drawn while the numbing takes effect, spun in the same group, but an hour later.
        (
            set_("addOns.PRP.steps.PRP_SPIN.anchor.step", text="NEEDLE"),
            "steps.PRP_SPIN.parallel",
        ),
        (set_("addOns.PRP.fresh.usedBy", text="NEEDLE"), "addOns.PRP.fresh.usedBy"),
        (set_("addOns.LED.requires", texts=["LED"]), "addOns.LED.requires"),
        ({"remove": "addOns.LED"}, "evidence.addOns.LED"),
        (set_("intervalRules.GENERAL.minDays", integer=9), "intervalRules.GENERAL.minDays"),
    ],
)
async def test_what_no_protocol_may_say(
    ask: Asking, hq: Published, edit: dict[str, Any], field: str
) -> None:
    """A step key twice, a parallel group that cannot be scheduled, a source for nothing."""
    told = {"version": (await draft(ask, hq))["id"], "expectedRevision": 1, "edits": [edit]}
    answer = await refused(ask, hq.author, EDIT, "VALIDATION_FAILED", **told)
    assert any(each["field"].endswith(field) for each in answer["problems"]), answer


async def test_every_edit_that_cannot_be_made_is_told(ask: Asking, hq: Published) -> None:
    edits = [
        set_("nothing", integer=1),
        set_("summary", text="With a pen."),
        set_("name", integer=5),
        {"remove": "steps.POLISH"},
    ]
    told = {"version": (await draft(ask, hq))["id"], "expectedRevision": 1, "edits": edits}
    answer = await refused(ask, hq.author, EDIT, "VALIDATION_FAILED", **told)
    assert [each["field"] for each in answer["problems"]] == ["edits.0", "edits.2", "edits.3"]


async def test_only_drafts_are_edited_and_only_as_they_were_read(
    ask: Asking, hq: Published
) -> None:
    edits = [set_("summary", text="With a pen.")]
    for version in (await in_review(ask, hq), await published(ask, hq, "MN-DONE")):
        told = {"version": version["id"], "expectedRevision": version["revision"], "edits": edits}
        await refused(ask, hq.author, EDIT, "VERSION_STATE_FORBIDS", **told)
    version = await draft(ask, hq, "MN-OTHER")
    stale = {"version": version["id"], "expectedRevision": 2, "edits": edits}
    await refused(ask, hq.author, EDIT, "STALE_REVISION", "expectedRevision", **stale)
    nothing = {"version": version["id"], "expectedRevision": 1, "edits": []}
    await refused(ask, hq.author, EDIT, "INVALID_CONTENT", "edits", **nothing)


async def test_of_two_who_edit_at_once_one_comes_first(ask: Asking, hq: Published) -> None:
    version = await draft(ask, hq)
    answers = await asyncio.gather(
        step(ask, hq.author, EDIT, version, edits=[set_("summary", text="By the one.")]),
        step(ask, hq.approver, EDIT, version, edits=[set_("summary", text="By the other.")]),
    )
    assert sorted(each["__typename"] for each in answers) == ["ConflictProblem", "ProtocolVersion"]
    assert {each.get("code") for each in answers} == {None, "STALE_REVISION"}
    assert (await content(ask)).summary in ("By the one.", "By the other.")


async def test_editing_and_handing_in_at_once(ask: Asking, hq: Published) -> None:
    version = await draft(ask, hq)
    answers = await asyncio.gather(
        step(ask, hq.approver, EDIT, version, edits=[set_("summary", text="Late.")]),
        step(ask, hq.author, "submitProtocolVersion", version),
    )
    assert sorted(each.get("code", "") for each in answers) == ["", "STALE_REVISION"]
    (done,) = (each for each in answers if "code" not in each)
    late = (await content(ask)).summary == "Late."
    assert late == (done["state"] == "DRAFT")
