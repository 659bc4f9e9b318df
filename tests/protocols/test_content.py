"""What a version's content must hold; each row of `broken` breaks one thing and is told where."""

import time
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.errors import ValidationFailed
from schema.protocols.rules import (
    CarePhase,
    EvidenceKind,
    ProtocolContent,
    ProtocolKind,
    TopUpRule,
    TranslatedText,
    Translation,
    check_content,
    check_override,
    content_faults,
)
from schema.protocols.rules.limits import MOST_BYTES, size
from schema.protocols.rules.paths import exists
from schema.protocols.rules.violations import BelowHealingGuard, InvalidValue
from schema.protocols.store.documents import document
from tests.protocols.broken import (
    BROKEN,
    CONTENT,
    DEEP,
    GUARD,
    INTERVAL,
    PRP,
    long_translation,
    with_depth,
    with_evidence,
    with_item,
    with_lock,
)


@pytest.mark.parametrize(("field", "content"), BROKEN)
def test_broken_content_is_told_where(field, content):
    faults = content_faults(content, ProtocolKind.TREATMENT)
    assert field in [each.field for each in faults]


@pytest.mark.parametrize("content", [content for _, content in BROKEN])
def test_every_fault_names_a_field_that_is_there(content):
    for each in content_faults(content, ProtocolKind.TREATMENT):
        assert each.field is not None
        assert exists(content, each.field), each.message


def test_everything_wrong_is_said_at_once():
    broken = replace(with_item("session_counts", "SEVERE", default=9), name="")
    with pytest.raises(ValidationFailed) as refused:
        check_content(broken, ProtocolKind.TREATMENT)
    assert {each.field for each in refused.value.violations} == {"name", "sessionCounts.SEVERE"}


def test_faults_of_every_kind_are_said_in_one_answer():
    (screen, *steps) = CONTENT.steps
    (room, *others) = screen.needs
    outdoors = replace(screen, needs=(replace(room, any_of=("BALLROOM",)), *others))
    tangled = replace(
        CONTENT,
        name=" ",
        language="English",
        modality="by hand",
        steps=(outdoors, *steps, steps[-1]),
        parameters=with_depth(default=DEEP * 3).parameters,
        add_ons=(replace(PRP, requires=("GLITTER",), consent="?"), *CONTENT.add_ons[1:]),
        consumables=with_item("consumables", "NEEDLES", step="WALTZ").consumables,
        screening_rules=with_item("screening_rules", "ECZEMA", clearance_by=()).screening_rules,
        care_instructions=with_item(
            "care_instructions", "NO_MAKEUP", phase=CarePhase.PRE
        ).care_instructions,
        session_counts=with_item("session_counts", "SEVERE", default=9).session_counts,
        interval_rules=(replace(INTERVAL, min_days=7), replace(INTERVAL, key="TWO")),
        healing_guards=(replace(GUARD, areas=("TAIL",)),),
        top_up=TopUpRule(opens_days=9, remind_days=5, effect_days=9),
        locks=with_lock(path="steps.WALTZ").locks,
        evidence=with_evidence(kind=EvidenceKind.ARTICLE).evidence,
        translations=(Translation(language="de_DE"),),
    )
    found = {each.field: each for each in content_faults(tangled, ProtocolKind.TREATMENT)}
    assert set(found) >= {
        "name",
        "language",
        "modality",
        "steps",
        "steps.SCREEN.needs.ROOM.anyOf",
        "parameters.needle_depth_mm.default",
        "addOns.PRP.requires",
        "addOns.PRP.consent",
        "consumables.NEEDLES.step",
        "screeningRules.ECZEMA.clearanceBy",
        "careInstructions.NO_MAKEUP.window",
        "sessionCounts.SEVERE",
        "intervalRules",
        "intervalRules.GENERAL.minDays",
        "healingGuards.HANDS.areas",
        "topUp",
        "locks.steps.WALTZ",
        "evidence.name",
        "translations.de_DE.language",
    }
    assert isinstance(found["intervalRules.GENERAL.minDays"], BelowHealingGuard)


def test_interval_below_the_healing_guard_has_its_own_code():
    hasty = replace(with_item("interval_rules", "GENERAL", min_days=13), locks=())
    (found,) = content_faults(hasty, ProtocolKind.TREATMENT)
    assert isinstance(found, BelowHealingGuard)


@given(st.lists(st.integers(0, len(BROKEN) - 1), min_size=2, max_size=6))
def test_whatever_is_wrong_together_is_told_without_failing(rows):
    """Of several broken contents each lends the fields in which it differs."""
    changes = {
        name: getattr(content, name)
        for _, content in map(BROKEN.__getitem__, rows)
        for name in ProtocolContent.__dataclass_fields__
        if getattr(content, name) != getattr(CONTENT, name)
    }
    mixed = replace(CONTENT, **changes)
    faults = content_faults(mixed, ProtocolKind.TREATMENT)
    assert faults
    assert all(each.field and exists(mixed, each.field) for each in faults)


@given(st.text(max_size=50))
def test_the_size_that_is_counted_is_never_less_than_what_is_stored(text):
    said = TranslatedText(path="name", of=text, text=text)
    content = replace(
        CONTENT, summary=text, translations=(Translation(language="de", texts=(said,)),)
    )
    stored = len(orjson.dumps(document(content)))
    assert stored <= size(content) <= stored * 1.1


def test_no_document_is_larger_than_half_a_megabyte():
    for content in (each.content for each in TEMPLATES):
        assert size(content) < MOST_BYTES / 10
    full = replace(CONTENT, translations=tuple(map(long_translation, range(9))))
    (found,) = [
        each for each in content_faults(full, ProtocolKind.TREATMENT) if "bytes" in each.message
    ]
    assert found.field == "translations"


@pytest.mark.parametrize("text", [" ", "word " * 401])
def test_a_clinics_own_words_are_some_and_not_too_many(text):
    with pytest.raises(InvalidValue) as refused:
        check_override(CONTENT, "summary", text)
    assert refused.value.field == "value"
    assert check_override(CONTENT, "summary", "Our words.") == "Our words."


def test_judging_the_largest_template_takes_under_ten_milliseconds():
    assert min(_seconds() for _ in range(20)) < 0.010


def _seconds() -> float:
    began = time.perf_counter()
    assert content_faults(CONTENT, ProtocolKind.TREATMENT) == []
    return time.perf_counter() - began
