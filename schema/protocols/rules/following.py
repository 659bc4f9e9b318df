"""What follows when a layer makes a content stricter: so that a law need not know every version."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.content import (
    FieldLock,
    HealingGuard,
    IntervalRule,
    Parameter,
    ProtocolContent,
    ScreeningRule,
    Translation,
)
from schema.protocols.rules.kinds import Lock, ScreeningSeverity


def settled(content: ProtocolContent, gone: Sequence[str] = ()) -> ProtocolContent:
    """The content with what its limits push along, and without what is about paths that are gone.

    A preferred interval is no shorter than the least, a default lies within its range, nobody
    clears what is absolute, what is locked has no bounds; intervals, guards, evidence, locks,
    translations and exclusions name only what is there.
    """
    keys = {each.key for each in content.add_ons}
    found = replace(
        content,
        interval_rules=tuple(_follow(each) for each in content.interval_rules),
        parameters=tuple(_within(each) for each in content.parameters),
        add_ons=tuple(_excluding(each, keys) for each in content.add_ons),
        screening_rules=tuple(_cleared(each) for each in content.screening_rules),
        locks=tuple(_bounded(each) for each in content.locks),
    )
    return _without(found, tuple(gone)) if gone else found


def _without(content: ProtocolContent, gone: tuple[str, ...]) -> ProtocolContent:
    """The content without what is about these paths, or about what goes with them."""
    rules, guards = _of_treated(content, gone)
    gone += _missing("intervalRules", content.interval_rules, rules)
    gone += _missing("healingGuards", content.healing_guards, guards)
    locks = _about_others(content.locks, gone)
    gone += tuple(f"locks.{each.path}" for each in content.locks if each not in locks)
    return replace(
        content,
        interval_rules=rules,
        healing_guards=guards,
        evidence=_about_others(content.evidence, gone),
        locks=locks,
        translations=tuple(_translating(each, gone) for each in content.translations),
    )


def _missing(name: str, olds: tuple[Any, ...], news: tuple[Any, ...]) -> tuple[str, ...]:
    kept = {each.key for each in news}
    return tuple(f"{name}.{each.key}" for each in olds if each.key not in kept)


def _of_treated(
    content: ProtocolContent, gone: tuple[str, ...]
) -> tuple[tuple[IntervalRule, ...], tuple[HealingGuard, ...]]:
    """The intervals and guards of what is still treated: not for an indication or area gone."""
    rules = (
        each
        for each in content.interval_rules
        if f"indications.{each.applies_to.indication}" not in gone
    )
    guards = (
        replace(each, areas=tuple(area for area in each.areas if f"areas.{area}" not in gone))
        for each in content.healing_guards
        if f"indications.{each.applies_to.indication}" not in gone
        and not (each.areas and all(f"areas.{area}" in gone for area in each.areas))
    )
    return tuple(rules), tuple(guards)


def _follow(rule: IntervalRule) -> IntervalRule:
    preferred = max(rule.preferred_days, rule.min_days)
    return replace(rule, preferred_days=preferred, max_days=max(rule.max_days, preferred))


def _within(parameter: Parameter) -> Parameter:
    """The range within floor and ceiling, and the default within the range."""
    least, most = max(parameter.min, parameter.lowest), min(parameter.max, parameter.highest)
    if least > most:
        return parameter
    default = min(max(parameter.default, least), most)
    return replace(parameter, min=least, max=most, default=default)


def _excluding(rule: AddOnRule, keys: set[str]) -> AddOnRule:
    return replace(rule, excludes=tuple(each for each in rule.excludes if each in keys))


def _cleared(rule: ScreeningRule) -> ScreeningRule:
    absolute = rule.severity is ScreeningSeverity.ABSOLUTE
    return replace(rule, clearance_by=()) if absolute and rule.clearance_by else rule


def _bounded(lock: FieldLock) -> FieldLock:
    locked = lock.lock is Lock.LOCKED
    return replace(lock, min=None, max=None, choices=()) if locked else lock


def _about_others(items: tuple[Any, ...], gone: tuple[str, ...]) -> tuple[Any, ...]:
    within = tuple(f"{each}." for each in gone)
    return tuple(each for each in items if not f"{each.path}.".startswith(within))


def _translating(translation: Translation, gone: tuple[str, ...]) -> Translation:
    return replace(translation, texts=_about_others(translation.texts, gone))
