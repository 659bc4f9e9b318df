"""What must hold in a content that HQ writes, beyond its being consistent."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from itertools import chain

from schema.clinics.rules import DeviceClass, RoomKind
from schema.errors import RuleViolation, ValidationFailed
from schema.practitioners.rules import CredentialType
from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.consistency import (
    Faults,
    all_needs,
    all_steps,
    ascending,
    consistency_faults,
    extensions,
    fault,
)
from schema.protocols.rules.content import FieldLock, ProtocolContent, item
from schema.protocols.rules.kinds import (
    CourseSeverity,
    EvidenceKind,
    Lock,
    ProtocolKind,
    ResourceKind,
    ScreeningSeverity,
)
from schema.protocols.rules.paths import at, camel, exists, is_keyed
from schema.protocols.rules.steps import EVERY_VARIANT, Variant
from schema.protocols.rules.timing import durations

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
ARTICLE = re.compile(r"\d{3}")
VOCABULARY: Mapping[ResourceKind, type[StrEnum]] = {
    ResourceKind.PRACTITIONER: CredentialType,
    ResourceKind.ROOM: RoomKind,
    ResourceKind.DEVICE: DeviceClass,
}


def check_content(content: ProtocolContent, kind: ProtocolKind) -> None:
    """Raise ValidationFailed with all that is wrong with a version of this kind, by path."""
    if faults := content_faults(content, kind):
        raise ValidationFailed(faults)


def content_faults(content: ProtocolContent, kind: ProtocolKind) -> list[RuleViolation]:
    """All that is wrong; only what has sound keys and references is judged further."""
    broken = [*_keys(content), *_references(content)]
    if broken:
        return broken
    return [
        *consistency_faults(content),
        *chain(
            _needs(content),
            _add_ons(content),
            _defaults(content),
            _screening(content),
            _locks(content),
            _evidence(content),
            _told_length(content),
            _completeness(content, kind),
        ),
    ]


def _keys(content: ProtocolContent) -> Faults:
    for path, keys in _key_lists(content):
        for key, times in Counter(keys).items():
            if times > 1:
                yield fault(path, f"{key} is there {times} times.")
            if not KEY.fullmatch(key):
                yield fault(path, f"{key!r} is not a key: letters, digits and underscores.")


def _key_lists(content: ProtocolContent) -> Iterator[tuple[str, list[str]]]:
    """The keys of every list, with its path; steps of add-ons join those of the protocol."""
    for each in fields(content):
        value = getattr(content, each.name)
        if is_keyed(value) and each.name != "steps":
            yield camel(each.name), [entry.key for entry in value]
    yield "steps", [step.key for _, step in all_steps(content)]
    for path, step in all_steps(content):
        yield f"{path}.needs", [need.role for need in step.needs]
    for rule in content.add_ons:
        yield (
            f"addOns.{rule.key}.extendsSteps",
            [each.step for each in rule.extends_steps],
        )


def _references(content: ProtocolContent) -> Faults:
    """Keys of steps, indications and add-ons that are named, but not there."""
    for path, step in all_steps(content):
        named = step.anchor.step if step.anchor else None
        if named is not None and content.step(named) is None:
            yield fault(f"{path}.anchor.step", f"there is no step {named}.")
        if (step.anchor is None) == path.startswith("addOns."):
            yield fault(f"{path}.anchor", "steps of add-ons have an anchor, and only they.")
        yield from _indication(content, f"{path}.appliesTo", step.applies_to.indication)
    for each in content.interval_rules:
        path = f"intervalRules.{each.key}.appliesTo"
        yield from _indication(content, path, each.applies_to.indication)
    for rule, extension in extensions(content):
        if content.step(extension.step) is None:
            path = f"addOns.{rule.key}.extendsSteps.{extension.step}.step"
            yield fault(path, f"there is no step {extension.step}.")
    for used in content.consumables:
        if all(step.key != used.step for _, step in all_steps(content)):
            yield fault(f"consumables.{used.key}.step", f"there is no step {used.step}.")


def _indication(content: ProtocolContent, path: str, key: str | None) -> Faults:
    if key is not None and item(content.indications, key) is None:
        yield fault(f"{path}.indication", f"there is no indication {key}.")


def _needs(content: ProtocolContent) -> Faults:
    kinds: dict[str, str] = {}
    for path, need in all_needs(content):
        yield from _known(f"{path}.anyOf", need.any_of, VOCABULARY[need.kind])
        if not need.any_of:
            yield fault(f"{path}.anyOf", "nothing would do.")
        if kinds.setdefault(need.role, need.kind) != need.kind:
            yield fault(f"{path}.kind", f"{need.role} is a {kinds[need.role]} elsewhere.")


def _known(path: str, values: Sequence[str], known: type[StrEnum]) -> Faults:
    for value in values:
        if value not in set(known):
            yield fault(path, f"{value} is none of {', '.join(known)}.")


def _add_ons(content: ProtocolContent) -> Faults:
    for rule in content.add_ons:
        path = f"addOns.{rule.key}"
        for name, keys in (("requires", rule.requires), ("excludes", rule.excludes)):
            for key in keys:
                if key == rule.key or content.add_on(key) is None:
                    yield fault(f"{path}.{name}", f"there is no other add-on {key}.")
        for key in set(rule.requires) & set(rule.excludes):
            yield fault(f"{path}.excludes", f"{key} is both required and excluded.")
        if rule.at_most is not None and rule.at_most <= len(rule.requires):
            yield fault(f"{path}.atMost", "not even it and what it requires fit.")
        yield from _freshness(path, rule)


def _freshness(path: str, rule: AddOnRule) -> Faults:
    if rule.fresh is None:
        return
    for key in (rule.fresh.prepared_by, rule.fresh.used_by):
        if item(rule.steps, key) is None:
            yield fault(f"{path}.fresh", f"{key} is not a step of this add-on.")
    yield from ascending(f"{path}.fresh.withinMinutes", 1, rule.fresh.within_minutes)


def _defaults(content: ProtocolContent) -> Faults:
    for each in content.parameters:
        yield from ascending(f"parameters.{each.key}.default", each.min, each.default, each.max)


def _screening(content: ProtocolContent) -> Faults:
    for rule in content.screening_rules:
        path = f"screeningRules.{rule.key}"
        yield from _known(f"{path}.clearanceBy", rule.clearance_by, CredentialType)
        clearable = rule.severity is ScreeningSeverity.REQUIRES_CLEARANCE
        if clearable and not rule.clearance_by:
            yield fault(f"{path}.clearanceBy", "somebody can clear it.")
        if rule.severity is ScreeningSeverity.ABSOLUTE and rule.clearance_by:
            yield fault(f"{path}.clearanceBy", "nobody can clear what is absolute.")


def _locks(content: ProtocolContent) -> Faults:
    seen = Counter(each.path for each in content.locks)
    for each in content.locks:
        path = f"locks.{each.path}"
        if seen[each.path] > 1:
            yield fault(path, "is there more than once.")
        if not exists(content, each.path):
            yield fault(path, "there is no such field.")
        else:
            yield from _bounds(path, each, at(content, each.path))
        yield from ascending(path, each.floor, each.min, each.max, each.ceiling)


def _bounds(path: str, lock: FieldLock, value: object) -> Faults:
    if not isinstance(value, str | int | type(lock.min)):
        yield fault(path, "only a single field can be opened.")
    limits = (lock.min, lock.max, *lock.choices)
    if lock.lock is Lock.BOUNDED and all(each is None for each in limits):
        yield fault(path, "what is bounded has bounds.")


def _evidence(content: ProtocolContent) -> Faults:
    seen = Counter(each.path for each in content.evidence)
    for each in content.evidence:
        path = f"evidence.{each.path}"
        if seen[each.path] > 1:
            yield fault(path, "is there more than once.")
        if not exists(content, each.path):
            yield fault(path, "there is no such field.")
        if not each.note.strip():
            yield fault(path, "say what the source says.")
        if (each.kind is EvidenceKind.ARTICLE) != (each.article is not None):
            yield fault(path, "an article has its number, a decision has none.")
        elif each.article is not None and not ARTICLE.fullmatch(each.article):
            yield fault(path, "an article's number has three digits.")


def _told_length(content: ProtocolContent) -> Faults:
    """What clients are told agrees with a visit for one area without add-ons."""
    if content.told_length is None:
        return
    areas = [each.key for each in content.areas[:1]]
    told = content.told_length
    computed = durations(content, areas, Variant(), ())
    typical = getattr(computed, told.measure.lower()).typical
    yield from ascending("toldLength.minutes", told.minutes.min, typical, told.minutes.max)


def _completeness(content: ProtocolContent, kind: ProtocolKind) -> Faults:
    general = [each for each in content.interval_rules if each.applies_to == EVERY_VARIANT]
    if content.interval_rules and len(general) != 1:
        yield fault("intervalRules", "exactly one rule is for every variant.")
    if kind is ProtocolKind.TREATMENT:
        required: dict[str, Sequence[object]] = {
            "areas": content.areas,
            "indications": content.indications,
            "intervalRules": content.interval_rules,
        }
        yield from (
            fault(path, "a treatment has some.") for path, found in required.items() if not found
        )
        if item(content.session_counts, CourseSeverity.STANDARD) is None:
            yield fault("sessionCounts", "a treatment has a count for STANDARD.")
