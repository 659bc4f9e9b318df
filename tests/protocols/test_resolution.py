"""What applies in a clinic: HQ's version, what the law of its place tightens, its own values."""

from dataclasses import replace
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.errors import RuleViolation, ValidationFailed
from schema.protocols.rules import (
    ChangeClass,
    Evidence,
    EvidenceKind,
    FieldLock,
    HealingGuard,
    LayerKind,
    Lock,
    Overlay,
    Put,
    Remove,
    ScreeningRule,
    ScreeningSeverity,
    Selector,
    Set,
    TranslatedText,
    Translation,
    at,
    attributed,
    check_own,
    content_faults,
    diff,
    edited,
    leaves,
    lock_of,
    overlaid,
    resolve,
    resolve_own,
)
from schema.protocols.rules.authorship import SourcedEdit, check_edits
from schema.protocols.rules.consistency import consistency_faults
from schema.protocols.rules.violations import (
    BelowHealingGuard,
    FieldLocked,
    InvalidValue,
    OutOfBounds,
    OverlayLoosens,
    OverlayObsolete,
    UnknownPath,
)

TEMPLATE = next(each for each in TEMPLATES if each.code == "MN-MEDICAL")
CONTENT = TEMPLATE.content
BARE = overlaid(CONTENT, ())
DEPTH = "parameters.needle_depth_mm.default"
DEEPEST = "parameters.needle_depth_mm.max"
MIN_DAYS = "intervalRules.GENERAL.minDays"
PREFERRED = "intervalRules.GENERAL.preferredDays"

VALUES = {
    DEPTH: "1.5",
    "steps.CLEANSE.minutes.typical": 10,
    "steps.CLEANSE.minutes.max": 15,
    "steps.NUMB_WAIT.minutes.typical": 25,
    MIN_DAYS: 35,
    PREFERRED: 42,
    "sessionCounts.STANDARD.default": 4,
    "name": "Needling at our place",
}
open_paths = st.sampled_from([DEPTH, *(each.path for each in CONTENT.locks)])
any_value = st.one_of(
    st.integers(-50, 400),
    st.decimals(-5, 50, places=1),
    st.booleans(),
    st.text(max_size=8),
    st.none(),
)
own_values = st.dictionaries(open_paths, any_value, max_size=5)

KELOIDS = ScreeningRule(
    key="KELOIDS", question="Do you form keloids?", severity=ScreeningSeverity.ABSOLUTE
)
#: What a law might say, in either direction, and what it cannot.
EDITS = [
    Set(MIN_DAYS, 49),
    Set(MIN_DAYS, 60),
    Set(MIN_DAYS, 30),
    Set(MIN_DAYS, 10),
    Set(DEEPEST, "1.0"),
    Set(DEEPEST, "0.8"),
    Set(DEEPEST, "3.0"),
    Set(DEPTH, "0.7"),
    Set(DEPTH, "2.0"),
    Set("screeningRules.SUNBURN.severity", "ABSOLUTE"),
    Set("screeningRules.ECZEMA.severity", "CAUTION"),
    Set("careInstructions.NO_SUN.window.toHours", 30 * 24),
    Set("addOns.SERUM.prescriberRequired", True),
    Set("addOns.MMP.prescriberRequired", False),
    Set("name", "Needling by law"),
    Set("steps.NEEDLE.minutes.typical", 25),
    Set("nothing", 1),
    Put("screeningRules", KELOIDS),
    Remove("screeningRules.ECZEMA"),
    Remove("addOns.LED"),
    Remove("addOns.PRP"),
    Remove("areas.HANDS"),
    Remove("steps.NEEDLE"),
]
overlays = st.lists(
    st.builds(
        Overlay,
        st.sampled_from(["US", "US-NC", "US-NC-RALEIGH"]),
        st.lists(st.sampled_from(EDITS), max_size=4).map(tuple),
    ),
    max_size=3,
    unique_by=lambda each: each.name,
)


def law(*edits, name="US-NC"):
    return Overlay(name, tuple(edits))


def check(*edits, beneath=()):
    """What the author of an overlay is told."""
    sourced = [SourcedEdit(each, "A law") for each in edits]
    check_edits(CONTENT, beneath, sourced, TEMPLATE.kind)


def test_without_layers_hq_applies():
    found = resolve(CONTENT)
    assert found.content is CONTENT
    assert (found.changes, found.set_aside) == ((), ())


def test_an_own_value_replaces_one_field_and_says_so():
    found = resolve(CONTENT, own={DEPTH: "1.5"}, clinic="RALEIGH")
    assert at(found.content, DEPTH) == Decimal("1.5")
    (change,) = found.changes
    assert (change.layer, change.layer_name) == (LayerKind.CLINIC, "RALEIGH")
    difference = change.difference
    assert (difference.path, difference.before, difference.after) == (
        DEPTH,
        Decimal("1.0"),
        Decimal("1.5"),
    )
    before, after = dict(leaves(CONTENT)), dict(leaves(found.content))
    assert {path for path in before if before[path] != after[path]} == {DEPTH}


@given(overlays, own_values, st.randoms())
def test_the_order_of_rows_does_not_matter(laws, own, random):
    shuffled, rows = list(laws), list(own.items())
    random.shuffle(shuffled)
    random.shuffle(rows)
    one = resolve(CONTENT, laws, own, "RALEIGH")
    other = resolve(CONTENT, shuffled, dict(rows), "RALEIGH")
    assert (one.content, one.changes) == (other.content, other.changes)
    assert [(each.path, each.violation.message) for each in one.set_aside] == [
        (each.path, each.violation.message) for each in other.set_aside
    ]


@given(overlays)
def test_an_overlay_never_loosens(laws):
    """Neither one by one nor all together; and what applies is consistent."""
    found = overlaid(CONTENT, laws)
    for difference in (*(each.difference for each in found.changes), *diff(CONTENT, found.content)):
        assert difference.meaning is not ChangeClass.SAFETY_LOOSENING
    assert consistency_faults(found.content) == []
    stated = sum(len(each.edits) for each in laws)
    assert len(found.set_aside) <= stated
    assert all(each.layer is LayerKind.JURISDICTION for each in found.set_aside)


@given(overlays, own_values)
def test_what_applies_is_consistent_and_nothing_is_lost(laws, own):
    lower = overlaid(CONTENT, laws)
    found = resolve_own(lower, own, "RALEIGH")
    assert consistency_faults(found.content) == []
    aside = {each.path for each in found.set_aside if each.layer is LayerKind.CLINIC}
    for path, value in own.items():
        if path not in aside:
            assert str(at(found.content, path)) == str(value)
            lock = lock_of(lower.content, path)
            accepted = at(found.content, path)
            if isinstance(accepted, int | Decimal):
                assert lock.min is None or accepted >= lock.min
                assert lock.max is None or accepted <= lock.max
                assert lock.floor is None or accepted >= lock.floor
    for each in diff(lower.content, found.content):
        laid = [one.difference.path for one in lower.changes]
        assert each.path not in laid or each.meaning is not ChangeClass.SAFETY_LOOSENING


def test_the_state_lies_on_the_country_and_the_stricter_holds():
    found = overlaid(
        CONTENT, [law(Set(MIN_DAYS, 49)), law(Set(MIN_DAYS, 45), Set(DEEPEST, "2.0"), name="US")]
    )
    assert at(found.content, MIN_DAYS) == 49
    assert [(each.layer_name, each.difference.path) for each in found.changes] == [
        ("US", MIN_DAYS),
        ("US", DEEPEST),
        ("US-NC", MIN_DAYS),
    ]
    other = overlaid(CONTENT, [law(Set(MIN_DAYS, 45)), law(Set(MIN_DAYS, 49), name="US")])
    assert at(other.content, MIN_DAYS) == 49
    (aside,) = other.set_aside
    assert isinstance(aside.violation, OverlayLoosens)
    assert (aside.layer_name, aside.path) == ("US-NC", MIN_DAYS)


def test_what_a_law_limits_follows():
    found = overlaid(CONTENT, [law(Set(MIN_DAYS, 60), Set(DEEPEST, "0.8"))]).content
    assert (at(found, PREFERRED), at(found, "intervalRules.GENERAL.maxDays")) == (60, 60)
    assert at(found, DEPTH) == Decimal("0.8")


def test_a_stricter_version_makes_an_overlay_pointless():
    stricter = edited(CONTENT, [Put("screeningRules", KELOIDS)])
    (aside,) = overlaid(stricter, [law(Put("screeningRules", KELOIDS))]).set_aside
    assert isinstance(aside.violation, OverlayObsolete)


def test_a_clinic_is_held_to_what_the_law_leaves():
    lower = overlaid(CONTENT, [law(Set(DEEPEST, "1.0"), Set(MIN_DAYS, 49))])
    with pytest.raises(OutOfBounds, match=r"from 0.5 to 1.0, not 1.5. US-NC demands it"):
        check_own(lower, {DEPTH: "1.5"}, DEPTH)
    with pytest.raises(OverlayLoosens):
        check_own(lower, {MIN_DAYS: 35}, MIN_DAYS)
    check_own(lower, {MIN_DAYS: 56, PREFERRED: 56}, MIN_DAYS)
    found = resolve_own(lower, {DEPTH: "1.5", MIN_DAYS: 35, "name": "Ours"}, "RALEIGH")
    assert found.content == edited(lower.content, [Set("name", "Ours")])
    assert {each.path: each.violation.code for each in found.set_aside} == {
        DEPTH: "OUT_OF_BOUNDS",
        MIN_DAYS: "OVERLAY_LOOSENS",
    }


def test_every_difference_names_its_layer():
    older = edited(CONTENT, [Set("summary", "As it was."), Set(DEEPEST, "2.4")])
    found = resolve(
        CONTENT, [law(Set(MIN_DAYS, 49), Put("screeningRules", KELOIDS))], {"name": "Ours"}, "HERE"
    )
    layers = {
        each.difference.path: (each.layer, each.layer_name) for each in attributed(older, found)
    }
    assert layers == {
        "name": (LayerKind.CLINIC, "HERE"),
        "summary": (LayerKind.HEADQUARTERS, ""),
        DEEPEST: (LayerKind.HEADQUARTERS, ""),
        MIN_DAYS: (LayerKind.JURISDICTION, "US-NC"),
        "screeningRules.KELOIDS": (LayerKind.JURISDICTION, "US-NC"),
    }


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (Set(MIN_DAYS, 30), OverlayLoosens),
        (Set(MIN_DAYS, 42), OverlayObsolete),
        (Set(MIN_DAYS, 10), BelowHealingGuard),
        (Set(DEEPEST, "3.0"), OverlayLoosens),
        (Set(DEPTH, "0.2"), OutOfBounds),
        (Set("name", "By law"), OverlayLoosens),
        (Set("steps.NEEDLE.minutes.typical", 25), OverlayLoosens),
        (Set("steps.NEEDLE.key", "PUNCTURE"), InvalidValue),
        (Set("steps.POLISH.minutes.max", 5), UnknownPath),
        (Put("steps", KELOIDS), InvalidValue),
        (Remove("screeningRules.ECZEMA"), OverlayLoosens),
        (Remove("steps.NEEDLE"), OverlayLoosens),
    ],
)
def test_an_overlay_that_loosens_is_refused(edit, refusal):
    with pytest.raises(refusal) as refused:
        check(Remove("addOns.LED"), edit)
    assert refused.value.field == "edits.1"


def test_an_overlay_that_tightens_is_taken():
    beneath = law(Set(MIN_DAYS, 49), name="US")
    edits = (Set(MIN_DAYS, 56), Remove("addOns.LED"), Put("screeningRules", KELOIDS))
    check(*edits, beneath=[beneath])
    found = overlaid(CONTENT, [beneath, law(*edits)])
    found = replace(found, changes=[each for each in found.changes if each.layer_name == "US-NC"])
    paths = [each.difference.path for each in found.changes]
    assert [path for path in paths if not path.startswith("evidence.")] == [
        MIN_DAYS,
        PREFERRED,
        "addOns.LED",
        "screeningRules.KELOIDS",
    ]


def test_what_is_about_something_forbidden_goes_with_it():
    check(Remove("addOns.SERUM"))
    found = overlaid(CONTENT, [law(Remove("addOns.SERUM"))])
    changes = {each.difference.path: each.difference.meaning for each in found.changes}
    assert changes.pop("addOns.SERUM") is ChangeClass.SAFETY_TIGHTENING
    assert changes.pop("addOns.PRP.excludes") is ChangeClass.COPY
    assert {path.partition(".")[0] for path in changes} == {"evidence"}


def test_a_law_forbids_what_clinics_may_change_and_its_lock_goes_with_it():
    drawing = "addOns.PRP.steps.PRP_DRAW.minutes.typical"
    lock = FieldLock(path=drawing, lock=Lock.BOUNDED, min=Decimal(5), max=Decimal(15))
    why = Evidence(path=f"locks.{drawing}", kind=EvidenceKind.HQ_DECISION, note="Steady hands.")
    opened = edited(CONTENT, [Put("locks", lock), Put("evidence", why)])
    edits = [SourcedEdit(Remove("addOns.PRP"), "A law.")]
    check_edits(opened, [], edits, TEMPLATE.kind)
    found = overlaid(opened, [law(Remove("addOns.PRP"))])
    changes = {each.difference.path: each.difference.meaning for each in found.changes}
    assert found.set_aside == ()
    assert changes[f"locks.{drawing}"] is ChangeClass.COPY
    assert changes[f"evidence.locks.{drawing}"] is ChangeClass.COPY


@pytest.mark.parametrize("path", [each.path for each in CONTENT.locks])
def test_a_law_locks_any_field_and_no_clinic_sets_it_then(path):
    edit = Set(f"locks.{path}.lock", "LOCKED")
    check(edit)
    found = overlaid(CONTENT, [law(edit)])
    assert found.set_aside == ()
    with pytest.raises(FieldLocked):
        check_own(found, {path: at(CONTENT, path)}, path)
    if path != MIN_DAYS:  # which has a floor: that stays
        check(Remove(f"locks.{path}"))
        check(Put("locks", FieldLock(path=path, lock=Lock.LOCKED)))


@pytest.mark.parametrize("key", [each.key for each in CONTENT.screening_rules[1:]])
def test_a_law_makes_a_finding_absolute_and_nobody_clears_it(key):
    edit = Set(f"screeningRules.{key}.severity", "ABSOLUTE")
    check(edit)
    found = overlaid(CONTENT, [law(edit)])
    assert at(found.content, f"screeningRules.{key}").clearance_by == ()
    whole = replace(at(CONTENT, f"screeningRules.{key}"), clearance_by=())
    if whole != at(CONTENT, f"screeningRules.{key}"):
        with pytest.raises(OverlayLoosens):
            check(Put("screeningRules", whole))
    check(Put("screeningRules", replace(whole, severity=ScreeningSeverity.ABSOLUTE)))


def test_a_law_of_many_edits_on_a_content_of_many_texts_is_laid_on_at_once():
    """It took twenty seconds: every edit asked whether every translated text is still there."""
    languages = [f"{one}{other}" for one in "abcd" for other in "klmno"]
    texts = tuple(
        TranslatedText(path=f"careInstructions.{each.key}.text", of=each.text, text="…")
        for each in CONTENT.care_instructions
    )
    spoken = tuple(Translation(language=each, texts=texts) for each in languages)
    rules = [replace(KELOIDS, key=f"FINDING_{each}") for each in range(80)]
    began = process_time()
    found = overlaid(
        replace(CONTENT, translations=spoken),
        [law(*(Put("screeningRules", each) for each in rules))],
    )
    assert (len(found.changes), found.set_aside) == (80, ())
    assert process_time() - began < 5, "a quarter of a second on a machine with nothing else to do"


@pytest.mark.parametrize(
    "value",
    ["0E+999999999", "1e-31", " 0.6 ", "0_0.6", "\uff10.\uff16", "NaN", "Infinity", "0x1", ""],
)
def test_a_figure_is_written_as_one_writes_it(value):
    with pytest.raises(InvalidValue):
        edited(CONTENT, [Set("parameters.needle_depth_mm.floor", value)])


def test_a_law_holds_on_what_was_published_before_a_rule_forbade_it():
    """No stored version becomes better by a stricter rule of ours; its laws go on all the same."""
    (rule,) = CONTENT.interval_rules
    old = replace(CONTENT, interval_rules=(replace(rule, max_days=5000),), summary="")
    assert content_faults(old, TEMPLATE.kind)
    edits = (Set(DEEPEST.replace("max", "ceiling"), "0.8"), Set(MIN_DAYS, 49))
    found = overlaid(old, [law(*edits)])
    assert found.set_aside == ()
    assert (at(found.content, MIN_DAYS), at(found.content, DEEPEST)) == (49, Decimal("0.8"))
    check_edits(old, [], [SourcedEdit(each, "A law.") for each in edits], TEMPLATE.kind)
    contradicting = Set("parameters.needle_depth_mm.floor", "9")
    assert overlaid(old, [law(contradicting)]).set_aside


def test_a_law_forbids_an_indication_and_an_area_with_rules_of_their_own():
    rule = replace(
        CONTENT.interval_rules[0], key="MELASMA", applies_to=Selector(indication="MELASMA"),
        min_days=60, preferred_days=60, max_days=60,
    )  # fmt: skip
    guard = HealingGuard(key="HANDS", areas=("HANDS",), min_days=21, source="A study")
    both = HealingGuard(key="BOTH", areas=("HANDS", "NECK"), min_days=21, source="Another")
    content = edited(
        CONTENT,
        [Put("intervalRules", rule), Put("healingGuards", guard), Put("healingGuards", both)],
    )
    found = overlaid(content, [law(Remove("indications.MELASMA"), Remove("areas.HANDS"))])
    assert found.set_aside == ()
    assert [each.key for each in found.content.interval_rules] == ["GENERAL"]
    assert found.content.healing_guards == (replace(both, areas=("NECK",)),)
    assert content_faults(found.content, TEMPLATE.kind) == []


def test_an_overlay_says_all_that_it_contradicts():
    without_areas = [Remove(f"areas.{each.key}") for each in CONTENT.areas]
    with pytest.raises(ValidationFailed) as refused:
        check(*without_areas)
    assert "areas" in [each.field for each in refused.value.violations]


@given(open_paths, any_value)
def test_what_is_accepted_is_within_bounds(path, value):
    try:
        check_own(BARE, {path: value}, path)
    except RuleViolation:
        return
    found = resolve(CONTENT, own={path: value})
    lock, accepted = lock_of(CONTENT, path), at(found.content, path)
    assert lock.lock is not Lock.LOCKED
    assert type(accepted) is type(at(CONTENT, path))
    if isinstance(accepted, int | Decimal):
        assert lock.min is None or accepted >= lock.min
        assert lock.max is None or accepted <= lock.max
    assert content_faults(found.content, TEMPLATE.kind) == []


@given(st.sampled_from([path for path, _ in leaves(CONTENT)]), any_value)
def test_what_hq_does_not_open_stays_locked(path, value):
    if lock_of(CONTENT, path).lock is Lock.LOCKED:
        with pytest.raises((FieldLocked, InvalidValue)):
            check_own(BARE, {path: value}, path)


@pytest.mark.parametrize(
    ("path", "value", "refusal"),
    [
        ("steps.NEEDLE.minutes.typical", 25, FieldLocked),
        ("steps.NEEDLE.key", "PUNCTURE", FieldLocked),
        ("steps.NEEDLE", 1, UnknownPath),
        ("steps", 1, InvalidValue),
        ("steps.POLISH.minutes.typical", 10, UnknownPath),
        ("steps.NEEDLE.minutes.typical.more", 10, UnknownPath),
        ("nothing", 1, UnknownPath),
        ("name.", "Ours", UnknownPath),
        ("", 1, UnknownPath),
        (DEPTH, "2.6", OutOfBounds),
        (DEPTH, "0.4", OutOfBounds),
        (DEPTH, "deep", InvalidValue),
        (DEPTH, "NaN", InvalidValue),
        (DEPTH, 1.5, InvalidValue),
        (DEPTH, True, InvalidValue),
        (DEPTH, None, InvalidValue),
        (MIN_DAYS, 13, BelowHealingGuard),
        (MIN_DAYS, 27, OutOfBounds),
        (MIN_DAYS, "28", InvalidValue),
        ("name", 5, InvalidValue),
        ("name", " ", InvalidValue),
    ],
)
def test_clinic_may_not_set(path, value, refusal):
    with pytest.raises(refusal):
        check_own(BARE, {path: value}, path)


@pytest.mark.parametrize("own", [{"steps.CLEANSE.minutes.typical": 10}, {PREFERRED: 36}])
def test_values_that_contradict_are_refused_together(own):
    (path,) = own
    with pytest.raises(ValidationFailed) as refused:
        check_own(BARE, own, path)
    assert path.startswith(refused.value.violations[0].field)
    assert resolve(CONTENT, own=own).content == CONTENT


def test_what_was_set_aside_before_is_not_said_again():
    lower = overlaid(CONTENT, [law(Set(MIN_DAYS, 49))])
    before = {MIN_DAYS: 35}
    check_own(lower, {**before, "name": "Ours"}, "name", before)
    with pytest.raises(ValidationFailed):
        check_own(lower, {**before, PREFERRED: 45}, PREFERRED, before)
