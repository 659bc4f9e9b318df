"""Contents that are broken in one way each, with the path of the field that says so."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from api.seed.content import TEMPLATES
from schema.protocols.rules import (
    AddOnKind,
    AddOnRule,
    Anchor,
    CarePhase,
    CourseSeverity,
    Evidence,
    EvidenceKind,
    FieldLock,
    Freshness,
    HealingGuard,
    HourWindow,
    Lane,
    Lock,
    Minutes,
    ProtocolContent,
    ResourceKind,
    ResourceNeed,
    Selector,
    Step,
    Topic,
    TopUpRule,
    TranslatedText,
    Translation,
    texts,
)

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


def with_guards(*guards: HealingGuard) -> ProtocolContent:
    return replace(CONTENT, healing_guards=guards)


def add_on(key: str, *steps: Step, **changes: Any) -> AddOnRule:
    return AddOnRule(key=key, kind=AddOnKind.SERUM, name=key.title(), steps=steps, **changes)


def with_add_ons(*rules: AddOnRule) -> ProtocolContent:
    return replace(CONTENT, add_ons=(*CONTENT.add_ons, *rules))


def own_step(key: str, anchor: str, **changes: Any) -> Step:
    """A step of an add-on that takes nobody's time."""
    minutes = Minutes(5, 5, 5)
    return Step(key=key, name=key.title(), minutes=minutes, anchor=Anchor(step=anchor), **changes)


def need(role: str, kind: ResourceKind, *any_of: str) -> ResourceNeed:
    return ResourceNeed(role=role, kind=kind, any_of=any_of)


def with_fresh(**changes: Any) -> ProtocolContent:
    assert PRP.fresh is not None
    return with_item("add_ons", "PRP", fresh=replace(PRP.fresh, **changes))


def with_choices(path: str, *choices: str) -> ProtocolContent:
    return with_lock(path=path, lock=Lock.BOUNDED, choices=choices)


def with_depth(**changes: Any) -> ProtocolContent:
    return with_item("parameters", "needle_depth_mm", **changes)


def in_lane(lane: str) -> ProtocolContent:
    return with_item("steps", "NUMB_WAIT", parallel=Lane(group="NUMBING", lane=lane))


def topic(number: int, text: str = "More.") -> Topic:
    return Topic(key=f"T{number}", text=text)


def long_translation(number: int) -> Translation:
    """A translation of 60,000 characters."""
    said = tuple(
        TranslatedText(path=path, of="ä" * 300, text="ö" * 600)
        for path, _ in list(texts(CONTENT))[:40]
    )
    return Translation(language="defrititplnlsvdafi"[2 * number : 2 * number + 2], texts=said)


DEEP = Decimal(2)
GUARD = HealingGuard(key="HANDS", areas=("HANDS",), min_days=10, source="Study.")
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
    ("steps.SCREEN.needs.ROOM.certified", with_needs(certified=True)),
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
    # guards
    ("healingGuards", with_guards(GUARD, replace(GUARD, min_days=11))),
    ("healingGuards", with_guards(replace(GUARD, key="BOTH HANDS"))),
    ("healingGuards.HANDS.source", with_guards(replace(GUARD, source=" "))),
    ("healingGuards.HANDS.areas", with_guards(replace(GUARD, areas=("TAIL",)))),
    ("healingGuards.HANDS.areas", with_guards(replace(GUARD, areas=("FACE", "FACE")))),
    ("healingGuards.HANDS.minDays", with_guards(replace(GUARD, min_days=0))),
    ("healingGuards.HANDS.minDays", with_guards(replace(GUARD, min_days=366))),
    (
        "healingGuards.HANDS.appliesTo.indication",
        with_guards(replace(GUARD, applies_to=Selector(indication="GOUT"))),
    ),
    (
        "healingGuards.HANDS.appliesTo",
        with_guards(
            replace(GUARD, applies_to=Selector(from_depth_mm=DEEP, below_depth_mm=Decimal(1)))
        ),
    ),
    ("healingGuards.TWO.areas", with_guards(GUARD, replace(GUARD, key="TWO", min_days=21))),
    (
        "healingGuards.ALL_TOO.areas",
        with_guards(
            replace(GUARD, key="ALL", areas=()), replace(GUARD, key="ALL_TOO", areas=(), min_days=9)
        ),
    ),
    # add-ons
    (
        "addOns.GOLD.requires",
        with_add_ons(add_on("GOLD", requires=("PRP", "LEAF")), add_on("LEAF", excludes=("PRP",))),
    ),
    (
        "addOns.GOLD.requires",
        with_add_ons(
            add_on("GOLD", requires=("LEAF",)),
            add_on("LEAF", requires=("BARK",)),
            add_on("BARK", excludes=("GOLD",)),
        ),
    ),
    (
        "addOns.GOLD.atMost",
        with_add_ons(add_on("GOLD", requires=("LEAF",)), add_on("LEAF", at_most=1)),
    ),
    ("addOns.PRP.atMost", with_item("add_ons", "PRP", at_most=-1)),
    ("addOns.PRP.consent", with_item("add_ons", "PRP", consent="the usual one")),
    ("addOns.PRP.consent", with_item("add_ons", "PRP", consent="consent-prp")),
    ("addOns.MMP.depthMm", with_item("add_ons", "MMP", depth_mm=Decimal(-1))),
    ("addOns.MMP.substances", with_item("add_ons", "MMP", substances=("GOLD", "GOLD"))),
    ("addOns.MMP.substances", with_item("add_ons", "MMP", substances=("liquid gold",))),
    (
        "addOns.GOLD.steps.GILD.needs.ARTIST.anyOf",
        with_add_ons(
            add_on(
                "GOLD",
                own_step(
                    "GILD", "NEEDLE", needs=(need("ARTIST", ResourceKind.PRACTITIONER, "GILDER"),)
                ),
            )
        ),
    ),
    ("addOns.PRP.fresh.usedBy", with_fresh(prepared_by="PRP_APPLY", used_by="PRP_DRAW")),
    ("addOns.PRP.fresh.usedBy", with_fresh(used_by="NEEDLE")),
    ("addOns.PRP.fresh.withinMinutes", with_fresh(within_minutes=15)),
    ("addOns.PRP.fresh.withinMinutes", with_fresh(within_minutes=0)),
    (
        "addOns.PRP.fresh.preparedBy",
        with_item(
            "add_ons",
            "PRP",
            steps=(
                PRP.steps[0],
                replace(PRP.steps[1], applies_to=Selector(severity=CourseSeverity.SEVERE)),
                PRP.steps[2],
            ),
        ),
    ),
    # locks
    ("locks.steps.NEEDLE.minutes.max.floor", with_lock(floor=Decimal(60))),
    ("locks.steps.NEEDLE.minutes.max.ceiling", with_lock(ceiling=Decimal(5))),
    ("locks.steps.NEEDLE.minutes.max.min", with_lock(min=Decimal(5))),
    ("locks.steps.NEEDLE.minutes.max.choices", with_lock(lock=Lock.BOUNDED, choices=("25", "30"))),
    ("locks.modality.min", with_lock(path="modality", lock=Lock.BOUNDED, min=Decimal(5))),
    ("locks.modality.floor", with_lock(path="modality", floor=Decimal(5))),
    ("locks.steps.NEEDLE.optional.min", with_lock(path="steps.NEEDLE.optional", min=Decimal(0))),
    ("locks.steps.NEEDLE.counts.choices", with_choices("steps.NEEDLE.counts", "ONCE", "TWICE")),
    ("locks.steps.NEEDLE.counts.choices", with_choices("steps.NEEDLE.counts", "ONCE", "ONCE")),
    ("locks.steps.NEEDLE.counts.choices", with_lock(path="steps.NEEDLE.counts", choices=("ONCE",))),
    ("locks.steps.NEEDLE.optional", with_lock(path="steps.NEEDLE.optional", lock=Lock.BOUNDED)),
    ("locks.addOns.MMP.substances", with_lock(path="addOns.MMP.substances")),
    ("locks.steps.NEEDLE.key", with_lock(path="steps.NEEDLE.key")),
    ("locks.steps.NEEDLE.appliesTo.severity", with_lock(path="steps.NEEDLE.appliesTo.severity")),
    ("locks.language", with_lock(path="language")),
    ("locks.locks.summary.lock", with_lock(path="locks.summary.lock")),
    (
        "locks.evidence.steps.NEEDLE.counts.note",
        with_lock(path="evidence.steps.NEEDLE.counts.note"),
    ),
    (
        "locks.parameters.needle_depth_mm.ceiling",
        with_lock(path="parameters.needle_depth_mm.ceiling"),
    ),
    (
        "locks.parameters.needle_depth_mm.default",
        with_lock(path="parameters.needle_depth_mm.default"),
    ),
    (
        "locks.healingGuards.HANDS.minDays",
        replace(with_lock(path="healingGuards.HANDS.minDays"), healing_guards=(GUARD,)),
    ),
    ("locks", with_lock(path="")),
    # what is asked, what is done before and after
    ("screeningRules", with_item("screening_rules", "ECZEMA", key="RED SPOTS")),
    ("screeningRules", with_item("screening_rules", "ECZEMA", key="ROSACEA")),
    ("screeningRules.ECZEMA.question", with_item("screening_rules", "ECZEMA", question="")),
    ("screeningRules.SUNBURN", with_item("screening_rules", "SUNBURN", acknowledgement=None)),
    (
        "screeningRules.SUNBURN.acknowledgement",
        with_item("screening_rules", "SUNBURN", acknowledgement=" "),
    ),
    (
        "careInstructions.NO_MAKEUP.window",
        with_item("care_instructions", "NO_MAKEUP", window=HourWindow(from_hours=9, to_hours=9)),
    ),
    ("careInstructions.NO_MAKEUP.text", with_item("care_instructions", "NO_MAKEUP", text="\n")),
    # how much there is of it
    ("summary", replace(CONTENT, summary="")),
    ("summary", replace(CONTENT, summary="word " * 401)),
    ("steps.FOLLOW_UP.name", with_item("steps", "FOLLOW_UP", name=" ")),
    ("modality", replace(CONTENT, modality="by hand")),
    ("steps.NUMB_WAIT.parallel.lane", in_lane("the first")),
    ("parameters.needle_depth_mm.unit", with_item("parameters", "needle_depth_mm", unit="m" * 301)),
    ("topics", replace(CONTENT, topics=tuple(topic(each) for each in range(101)))),
    ("steps.SCREEN.needs.ROOM.anyOf", with_needs(any_of=("TREATMENT",) * 101)),
    ("parameters.needle_depth_mm.floor", with_depth(floor=Decimal("0.00001"))),
    ("parameters.needle_depth_mm.ceiling", with_depth(ceiling=Decimal(10**6))),
    ("parameters.needle_depth_mm.default", with_depth(default=Decimal("NaN"))),
    ("intervalRules.GENERAL.maxDays", with_item("interval_rules", "GENERAL", max_days=10**6)),
    ("intervalRules.GENERAL.maxDays", with_item("interval_rules", "GENERAL", max_days=1831)),
    ("translations", replace(CONTENT, translations=tuple(map(long_translation, range(9))))),
    ("evidence", with_evidence(path="")),
]
