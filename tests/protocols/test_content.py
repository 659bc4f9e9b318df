"""What a version's content must hold; each row breaks one thing and is told where."""

from dataclasses import replace
from decimal import Decimal

import pytest

from api.seed.content import TEMPLATES
from schema.errors import ValidationFailed
from schema.protocols.rules import (
    AddOnKind,
    AddOnRule,
    Anchor,
    CarePhase,
    Evidence,
    EvidenceKind,
    FieldLock,
    Freshness,
    Lane,
    Lock,
    Minutes,
    ProtocolContent,
    ProtocolKind,
    Selector,
    TopUpRule,
    check_content,
    content_faults,
)
from schema.protocols.rules.violations import BelowHealingGuard

CONTENT = next(each.content for each in TEMPLATES if each.code == "MN-MEDICAL")
INTERVAL = CONTENT.interval_rules[0]
PRP = CONTENT.add_ons[0]


def with_item(name: str, key: str, /, **changes: object) -> ProtocolContent:
    """The content with one item of a list changed."""
    items = getattr(CONTENT, name)
    assert any(each.key == key for each in items)
    changed = tuple(replace(each, **changes) if each.key == key else each for each in items)
    return replace(CONTENT, **{name: changed})


def side_by_side(*keys: str) -> ProtocolContent:
    """The content with steps that all need the operator in lanes of one group."""
    steps = tuple(
        replace(each, parallel=Lane(group="BOTH", lane=each.key)) if each.key in keys else each
        for each in CONTENT.steps
    )
    return replace(CONTENT, steps=steps, add_ons=())


def with_needs(**changes: object) -> ProtocolContent:
    (need, *others) = CONTENT.steps[0].needs
    return with_item("steps", "SCREEN", needs=(replace(need, **changes), *others))


def with_evidence(**changes: object) -> ProtocolContent:
    extra = Evidence(path="name", kind=EvidenceKind.HQ_DECISION, note="Ours.")
    return replace(CONTENT, evidence=(*CONTENT.evidence, replace(extra, **changes)))


def with_lock(**changes: object) -> ProtocolContent:
    extra = FieldLock(path="steps.NEEDLE.minutes.max", lock=Lock.OPEN)
    return replace(CONTENT, locks=(*CONTENT.locks, replace(extra, **changes)))


LANE = CONTENT.steps[4].parallel
BROKEN = [
    ("name", replace(CONTENT, name=" ")),
    ("steps", replace(CONTENT, steps=(*CONTENT.steps, CONTENT.steps[0]))),
    ("steps", with_item("steps", "FOLLOW_UP", key="FOLLOW.UP")),
    ("steps", with_item("steps", "FOLLOW_UP", key="PRP_DRAW")),
    ("steps.FOLLOW_UP.anchor", with_item("steps", "FOLLOW_UP", anchor=Anchor(step="NEEDLE"))),
    ("steps.FOLLOW_UP.minutes", with_item("steps", "FOLLOW_UP", minutes=Minutes(5, 5, 6))),
    ("steps.FOLLOW_UP.minutes", with_item("steps", "FOLLOW_UP", minutes=Minutes(10, 5, 15))),
    ("steps.FOLLOW_UP.minutes", with_item("steps", "FOLLOW_UP", minutes=Minutes(0, 5, 5))),
    ("steps.SOOTHE.parallel", with_item("steps", "SOOTHE", parallel=LANE)),
    ("steps.SOOTHE.parallel", side_by_side("NEEDLE", "SOOTHE")),
    ("steps.SCREEN.needs.ROOM.anyOf", with_needs(any_of=())),
    ("steps.SCREEN.needs.ROOM.anyOf", with_needs(any_of=("BALLROOM",))),
    ("steps.SCREEN.needs.ROOM.cleanUpMinutes", with_needs(clean_up_minutes=7)),
    (
        "steps.FOLLOW_UP.appliesTo.indication",
        with_item("steps", "FOLLOW_UP", applies_to=Selector(indication="GOUT")),
    ),
    (
        "parameters.needle_depth_mm.default",
        with_item("parameters", "needle_depth_mm", default=Decimal(3)),
    ),
    ("parameters.needle_depth_mm", with_item("parameters", "needle_depth_mm", min=Decimal(3))),
    ("addOns.PRP.requires", with_item("add_ons", "PRP", requires=("GLITTER",))),
    ("addOns.PRP.excludes", with_item("add_ons", "PRP", requires=("SERUM",))),
    ("addOns.PRP.atMost", with_item("add_ons", "PRP", at_most=0)),
    (
        "addOns.PRP.fresh.preparedBy",
        with_item(
            "add_ons",
            "PRP",
            fresh=Freshness(prepared_by="NEEDLE", used_by="PRP_APPLY", within_minutes=5),
        ),
    ),
    (
        "addOns.PRP.steps.PRP_DRAW.anchor",
        with_item("add_ons", "PRP", steps=(replace(PRP.steps[0], anchor=None), *PRP.steps[1:])),
    ),
    (
        "addOns.PRP.steps.PRP_DRAW.anchor.step",
        with_item(
            "add_ons",
            "PRP",
            steps=(replace(PRP.steps[0], anchor=Anchor(step="WALTZ")), *PRP.steps[1:]),
        ),
    ),
    ("consumables.NEEDLES.step", with_item("consumables", "NEEDLES", step="WALTZ")),
    ("screeningRules.ECZEMA.clearanceBy", with_item("screening_rules", "ECZEMA", clearance_by=())),
    (
        "screeningRules.ECZEMA.clearanceBy",
        with_item("screening_rules", "ECZEMA", clearance_by=("ASTROLOGER",)),
    ),
    (
        "careInstructions.NO_MAKEUP.window",
        with_item("care_instructions", "NO_MAKEUP", phase=CarePhase.PRE),
    ),
    ("sessionCounts.SEVERE", with_item("session_counts", "SEVERE", default=9)),
    ("sessionCounts", replace(CONTENT, session_counts=CONTENT.session_counts[1:])),
    ("intervalRules.GENERAL", with_item("interval_rules", "GENERAL", max_days=45)),
    ("intervalRules", replace(CONTENT, interval_rules=(INTERVAL, replace(INTERVAL, key="TWO")))),
    ("intervalRules", replace(CONTENT, interval_rules=())),
    ("areas", replace(CONTENT, areas=())),
    ("topUp", replace(CONTENT, top_up=TopUpRule(opens_days=9, remind_days=5, effect_days=9))),
    ("locks.steps.WALTZ", with_lock(path="steps.WALTZ")),
    ("locks.steps.NEEDLE", with_lock(path="steps.NEEDLE")),
    ("locks.name", with_lock(path="name")),
    ("locks.steps.NEEDLE.minutes.max", with_lock(lock=Lock.BOUNDED)),
    ("locks.steps.NEEDLE.minutes.max", with_lock(min=Decimal(9), max=Decimal(5))),
    ("evidence.steps.WALTZ", with_evidence(path="steps.WALTZ")),
    ("evidence.steps", with_evidence(path="steps")),
    ("evidence.name.note", with_evidence(note="")),
    ("evidence.name", with_evidence(article="000")),
    ("evidence.name", with_evidence(kind=EvidenceKind.ARTICLE)),
    ("evidence.name", with_evidence(kind=EvidenceKind.ARTICLE, article="7")),
    ("toldLength.minutes", with_item("steps", "SCREEN", minutes=Minutes(5, 30, 30))),
]


@pytest.mark.parametrize(("field", "content"), BROKEN)
def test_broken_content_is_told_where(field, content):
    faults = content_faults(content, ProtocolKind.TREATMENT)
    assert field in [each.field for each in faults]


def test_everything_wrong_is_said_at_once():
    broken = replace(with_item("session_counts", "SEVERE", default=9), name="")
    with pytest.raises(ValidationFailed) as refused:
        check_content(broken, ProtocolKind.TREATMENT)
    assert {each.field for each in refused.value.violations} == {"name", "sessionCounts.SEVERE"}


def test_interval_below_the_healing_guard_has_its_own_code():
    hasty = replace(with_item("interval_rules", "GENERAL", min_days=13), locks=())
    (found,) = content_faults(hasty, ProtocolKind.TREATMENT)
    assert isinstance(found, BelowHealingGuard)


def test_an_add_on_cannot_interrupt_a_parallel_group():
    between = replace(PRP.steps[2], key="POLISH", anchor=Anchor(step="NUMB_WAIT"))
    mask = AddOnRule(key="POLISH", kind=AddOnKind.SERUM, name="Polish", steps=(between,))
    broken = replace(CONTENT, add_ons=(mask, *CONTENT.add_ons))
    fields = [each.field for each in content_faults(broken, ProtocolKind.TREATMENT)]
    assert any(field and field.endswith(".parallel") for field in fields)
