"""What follows when a layer makes a content stricter: so that a law need not know every version."""

from dataclasses import replace
from typing import Any

from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.content import IntervalRule, Parameter, ProtocolContent, Translation
from schema.protocols.rules.paths import exists


def settled(content: ProtocolContent) -> ProtocolContent:
    """The content with what its limits push along, and without what is about fields that are gone.

    A preferred interval is no shorter than the least, a default lies within its range; evidence,
    locks, translations and exclusions name only what is there.
    """
    keys = {each.key for each in content.add_ons}
    return replace(
        content,
        interval_rules=tuple(_follow(each) for each in content.interval_rules),
        parameters=tuple(_within(each) for each in content.parameters),
        add_ons=tuple(_excluding(each, keys) for each in content.add_ons),
        evidence=_about(content, content.evidence),
        locks=_about(content, content.locks),
        translations=tuple(_translating(content, each) for each in content.translations),
    )


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


def _about(content: ProtocolContent, items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(each for each in items if exists(content, each.path))


def _translating(content: ProtocolContent, translation: Translation) -> Translation:
    return replace(translation, texts=_about(content, translation.texts))
