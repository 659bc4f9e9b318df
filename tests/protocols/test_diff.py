"""Differences of contents: what leads from one to the other, and what each one means."""

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.protocols import rules
from schema.protocols.rules import (
    ChangeClass,
    CourseSeverity,
    DifferenceKind,
    FieldLock,
    HealingGuard,
    IntervalRule,
    Lock,
    ProtocolContent,
    Put,
    Remove,
    ScreeningSeverity,
    Selector,
    Set,
    applied,
    diff,
    edited,
)
from schema.protocols.rules.meanings import opposite
from schema.protocols.rules.paths import Shape, camel, identity, shapes
from schema.protocols.store.documents import ITEM_KINDS

CONTENTS = [each.content for each in TEMPLATES]
MEDICAL = next(each.content for each in TEMPLATES if each.code == "MN-MEDICAL")
TIGHTER, LOOSER = ChangeClass.SAFETY_TIGHTENING, ChangeClass.SAFETY_LOOSENING
KEYS = st.sampled_from(["A", "B", "C", "D", "E", "steps.A.name", "steps.A"])


def leaf(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a leaf, whatever they may mean."""
    (kind,) = shape.kinds
    if kind is bool:
        found: st.SearchStrategy[Any] = st.booleans()
    elif kind is int:
        found = st.integers(-60, 60)
    elif kind is Decimal:
        found = st.decimals(0, 3, places=1)
    elif kind is str:
        found = KEYS
    else:
        found = st.sampled_from(list(kind))  # type: ignore[call-overload]  # an enum
    if shape.many:
        return st.lists(found, max_size=3, unique=True).map(tuple)
    return found | st.none() if shape.nullable else found


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a dataclass of the rules; the keys of its lists are unique, no more is sound."""
    drawn = {}
    for shape in shapes(kind).values():
        if shape.leaf:
            drawn[shape.attribute] = leaf(shape)
            continue
        inner = st.deferred(lambda held=shape.kinds[0]: values(held))
        if shape.many:
            drawn[shape.attribute] = st.lists(inner, max_size=3, unique_by=identity).map(tuple)
        else:
            drawn[shape.attribute] = inner | st.none() if shape.nullable else inner
    return st.builds(kind, **drawn)


def partly_changed(content: ProtocolContent) -> st.SearchStrategy[ProtocolContent]:
    """The content with some of its lists shuffled, thinned out, or with other items among them."""
    lists = {name: shape for name, shape in shapes(ProtocolContent).items() if shape.items}

    @st.composite
    def draw(pick: Any) -> ProtocolContent:
        found = content
        for name in pick(st.lists(st.sampled_from(sorted(lists)), max_size=4, unique=True)):
            shape = lists[name]
            items = list(getattr(content, shape.attribute))
            items = pick(st.permutations(items))
            items = items[pick(st.integers(0, len(items))) :]
            more = pick(st.lists(values(shape.kinds[0]), max_size=2, unique_by=identity))
            known = {identity(each) for each in items}
            items += [each for each in more if identity(each) not in known]
            found = replace(found, **{shape.attribute: tuple(items)})
        return found

    return draw()


pairs = st.sampled_from(CONTENTS).flatmap(
    lambda each: st.tuples(partly_changed(each), partly_changed(each))
)
anything = st.tuples(values(ProtocolContent), values(ProtocolContent))


@pytest.mark.parametrize("content", CONTENTS, ids=lambda each: each.name)
def test_nothing_differs_from_itself(content):
    assert diff(content, content) == ()


@given(values(ProtocolContent))
def test_whatever_it_is_it_does_not_differ_from_itself(content):
    assert diff(content, content) == ()


@pytest.mark.parametrize("old", CONTENTS, ids=lambda each: each.name)
@pytest.mark.parametrize("new", CONTENTS, ids=lambda each: each.name)
def test_the_differences_lead_from_each_template_to_each(old, new):
    assert applied(old, diff(old, new)) == new


@given(pairs | anything)
def test_the_differences_lead_from_the_old_to_the_new(pair):
    old, new = pair
    found = diff(old, new)
    assert applied(old, found) == new
    assert bool(found) is (old != new)


@given(pairs | anything)
def test_the_way_back_means_the_opposite(pair):
    """What tightens one way loosens the other. (A list that gave up and gained loosens both.)"""
    old, new = pair
    there = {(each.where, each.kind): each for each in diff(old, new)}
    turned = {DifferenceKind.ADDED: DifferenceKind.REMOVED}
    turned |= {each: kind for kind, each in turned.items()}
    for each in diff(new, old):
        back = there.get((each.where, turned.get(each.kind, each.kind)))
        if back is None:
            assert each.kind is DifferenceKind.MOVED
        elif each.meaning is TIGHTER:
            assert back.meaning is LOOSER
        elif each.meaning is not LOOSER:
            assert back.meaning is opposite(each.meaning)


def test_a_step_that_moved_is_told_from_one_that_was_edited():
    first, *middle, last = MEDICAL.steps
    longer = replace(first, minutes=rules.Minutes(5, 10, 20), name="Cleansing well")
    new = replace(MEDICAL, steps=(last, longer, *middle))
    found = {(each.kind, each.path): each for each in diff(MEDICAL, new)}
    moved = found.pop((DifferenceKind.MOVED, f"steps.{last.key}"))
    assert (moved.before, moved.after, moved.behind) == (middle[-1].key, None, None)
    assert moved.meaning is ChangeClass.CLINICAL
    assert {kind for kind, _ in found} == {DifferenceKind.SET}
    assert all(path.startswith(f"steps.{first.key}.") for _, path in found)


DEPTH = "parameters.needle_depth_mm"


@pytest.mark.parametrize(
    ("path", "value", "meaning"),
    [
        ("intervalRules.GENERAL.minDays", 56, TIGHTER),
        ("intervalRules.GENERAL.minDays", 28, LOOSER),
        ("intervalRules.GENERAL.preferredDays", 50, ChangeClass.CLINICAL),
        (f"{DEPTH}.max", "2.0", TIGHTER),
        (f"{DEPTH}.max", "3.0", LOOSER),
        (f"{DEPTH}.default", "0.8", TIGHTER),
        (f"{DEPTH}.default", "1.2", LOOSER),
        (f"{DEPTH}.lock", "LOCKED", TIGHTER),
        (f"{DEPTH}.lock", "OPEN", LOOSER),
        ("screeningRules.SUNBURN.severity", "ABSOLUTE", TIGHTER),
        ("screeningRules.ECZEMA.severity", "CAUTION", LOOSER),
        ("screeningRules.ECZEMA.clearanceBy", ("DERMATOLOGIST", "NURSE"), LOOSER),
        ("screeningRules.ECZEMA.clearanceBy", (), LOOSER),
        ("screeningRules.ECZEMA.question", "Eczema?", ChangeClass.COPY),
        ("screeningRules.SUNBURN.acknowledgement", "Another day.", ChangeClass.COPY),
        ("screeningRules.DARKER_PHOTOTYPE.caps.most", "0.5", TIGHTER),
        ("careInstructions.NO_MAKEUP.window.toHours", 48, TIGHTER),
        ("careInstructions.NO_MAKEUP.window.toHours", 12, LOOSER),
        ("careInstructions.NO_SUN_BEFORE.window.fromHours", -168, TIGHTER),
        ("careInstructions.NO_SUN_BEFORE.window.fromHours", -24, LOOSER),
        ("careInstructions.HYDRATE.strictness", "MUST", TIGHTER),
        ("addOns.MMP.prescriberRequired", False, LOOSER),
        ("addOns.PRP.excludes", ("SERUM", "LED"), TIGHTER),
        ("addOns.PRP.excludes", (), LOOSER),
        ("addOns.PRP.excludes", ("LED",), LOOSER),
        ("addOns.PRP.atMost", 2, TIGHTER),
        ("addOns.PRP.fresh.withinMinutes", 30, TIGHTER),
        ("addOns.PRP.consent", "ANOTHER-FORM", ChangeClass.CLINICAL),
        ("addOns.PRP.name", "Plasma", ChangeClass.COPY),
        ("sessionCounts.STANDARD.default", 4, ChangeClass.COMMERCIAL),
        ("steps.NEEDLE.minutes.typical", 25, ChangeClass.COMMERCIAL),
        ("steps.NEEDLE.minutes.max", 45, ChangeClass.CLINICAL),
        ("name", "Needling", ChangeClass.COPY),
        ("toldLength.minutes.max", 90, ChangeClass.COMMERCIAL),
        ("outcomes.REDNESS.window.toHours", 72, ChangeClass.CLINICAL),
    ],
)  # fmt: skip
def test_a_field_has_the_class_of_its_direction(path, value, meaning):
    (found,) = diff(MEDICAL, edited(MEDICAL, [Set(path, value)]))
    assert (found.path, found.kind, found.meaning) == (path, DifferenceKind.SET, meaning)


def lock(path: str, kind: Lock, **bounds: Any) -> Put:
    return Put("locks", FieldLock(path=path, lock=kind, **bounds))


def interval(key: str, days: int, **selector: Any) -> Put:
    rule = IntervalRule(
        key=key,
        applies_to=Selector(**selector),
        min_days=days,
        preferred_days=days,
        max_days=days,
    )
    return Put("intervalRules", rule)


def guard(key: str, days: int, *areas: str) -> Put:
    return Put("healingGuards", HealingGuard(key=key, areas=areas, min_days=days, source="A study"))


ASKED = rules.ScreeningRule(key="KELOIDS", question="Keloids?", severity=ScreeningSeverity.ABSOLUTE)


@pytest.mark.parametrize(
    ("edit", "kind", "meaning"),
    [
        (Put("screeningRules", ASKED), DifferenceKind.ADDED, TIGHTER),
        (Remove("screeningRules.ECZEMA"), DifferenceKind.REMOVED, LOOSER),
        (Remove("careInstructions.NO_SUN"), DifferenceKind.REMOVED, LOOSER),
        (Remove("addOns.LED"), DifferenceKind.REMOVED, TIGHTER),
        (Remove("areas.HANDS"), DifferenceKind.REMOVED, TIGHTER),
        (Remove("indications.MELASMA"), DifferenceKind.REMOVED, TIGHTER),
        (Remove("addOns.PRP.fresh"), DifferenceKind.REMOVED, LOOSER),
        (Remove("screeningRules.DARKER_PHOTOTYPE.caps"), DifferenceKind.REMOVED, LOOSER),
        (Remove("steps.SOOTHE"), DifferenceKind.REMOVED, ChangeClass.CLINICAL),
        (Remove("toldLength"), DifferenceKind.REMOVED, ChangeClass.COMMERCIAL),
        (Remove("evidence.modality"), DifferenceKind.REMOVED, ChangeClass.COPY),
        (lock("steps.NEEDLE.minutes.max", Lock.OPEN), DifferenceKind.ADDED, LOOSER),
        (lock("steps.NEEDLE.minutes.max", Lock.LOCKED, floor=Decimal(5)),
         DifferenceKind.ADDED, TIGHTER),
        (Remove("locks.name"), DifferenceKind.REMOVED, TIGHTER),
        (interval("DEEP", 30, severity=CourseSeverity.SEVERE), DifferenceKind.ADDED, LOOSER),
        (interval("DEEP", 60, severity=CourseSeverity.SEVERE), DifferenceKind.ADDED, TIGHTER),
        (interval("DEEP", 42, severity=CourseSeverity.SEVERE),
         DifferenceKind.ADDED, ChangeClass.CLINICAL),
        (guard("HANDS", 10, "HANDS"), DifferenceKind.ADDED, LOOSER),
        (guard("HANDS", 21, "HANDS"), DifferenceKind.ADDED, TIGHTER),
    ],
)  # fmt: skip
def test_what_is_there_or_not_has_the_class_of_its_direction(edit, kind, meaning):
    (found,) = diff(MEDICAL, edited(MEDICAL, [edit]))
    assert (found.kind, found.meaning) == (kind, meaning)


def test_an_item_is_found_by_a_key_that_holds_dots():
    path = "locks.intervalRules.GENERAL.minDays.max"
    (found,) = diff(MEDICAL, edited(MEDICAL, [Set(path, "90")]))
    assert (found.path, found.meaning) == (path, LOOSER)


def test_every_field_says_what_a_change_of_it_means():
    """Or is an object whose fields do."""
    for kind in (ProtocolContent, *ITEM_KINDS.values()):
        hints = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            shape = shapes(kind)[camel(each.name)]
            inner = is_dataclass(shape.kinds[0]) and not shape.many and not shape.nullable
            stated = shape.meaning or shape.whole or inner
            assert stated, f"{kind.__name__}.{each.name}: {get_args(hints[each.name])}"
