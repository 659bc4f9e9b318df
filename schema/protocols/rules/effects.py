"""What rules that stand in for each other come to, and what a change of them does, judged over
every variant.

One interval rule more may loosen what a wider rule held, or tighten it: which shows only in what
applies to each variant before and after.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, product
from typing import Any

from schema.protocols.rules.content import (
    NEEDLE_DEPTH,
    HealingGuard,
    IntervalRule,
    ProtocolContent,
    item,
)
from schema.protocols.rules.healing import healing_guard_days, spacing_for
from schema.protocols.rules.kinds import ChangeClass, CourseSeverity
from schema.protocols.rules.steps import Selector, Variant
from schema.protocols.rules.variants import interval_for

SHALLOWER = Decimal("0.01")


def intervals_effect(old: ProtocolContent, new: ProtocolContent) -> ChangeClass:
    """Whether some variant may be treated sooner, or else some has to wait longer."""
    selectors = [each.applies_to for each in (*old.interval_rules, *new.interval_rules)]

    def least(content: ProtocolContent, variant: Variant, _area: str) -> int:
        rule: IntervalRule | None = interval_for(content, variant)
        return rule.min_days if rule else 0

    return _effect(old, new, selectors, [""], least)


def guards_effect(old: ProtocolContent, new: ProtocolContent) -> ChangeClass:
    """Whether skin of some variant and area is given less time to heal, or else some more."""
    guards: list[HealingGuard] = [*old.healing_guards, *new.healing_guards]
    selectors = [each.applies_to for each in guards]
    areas = ["", *dict.fromkeys(area for each in guards for area in each.areas)]

    def least(content: ProtocolContent, variant: Variant, area: str) -> int:
        return healing_guard_days(content, variant, [area] if area else [])

    return _effect(old, new, selectors, areas, least)


def spacings(
    content: ProtocolContent, *beside: ProtocolContent
) -> Iterator[tuple[Variant, IntervalRule]]:
    """The interval, no shorter than skin heals, of every variant that this content can be sold for.

    One variant stands for all that no content given tells apart; who compares two contents gives
    the other as well. Nothing for a protocol without courses.
    """
    selectors = [each for one in (content, *beside) for each in _selectors(one)]
    for variants, (of_it,) in _apart(selectors, content):
        for variant in variants:
            interval = spacing_for(of_it, variant) if _sold(content, variant) else None
            if interval is not None:
                yield variant, interval


def _selectors(content: ProtocolContent) -> Iterator[Selector]:
    """All that decides the interval, and how deep the protocol goes."""
    yield from (each.applies_to for each in content.interval_rules)
    yield from (each.applies_to for each in content.healing_guards)
    depth = content.parameter(NEEDLE_DEPTH)
    if depth is not None:
        yield Selector(from_depth_mm=depth.lowest, below_depth_mm=depth.highest + SHALLOWER)


def _sold(content: ProtocolContent, variant: Variant) -> bool:
    if variant.indication is not None and item(content.indications, variant.indication) is None:
        return False
    depth = content.parameter(NEEDLE_DEPTH)
    if variant.depth_mm is None:
        return True
    return depth is not None and depth.lowest <= variant.depth_mm <= depth.highest


def _effect(
    old: ProtocolContent,
    new: ProtocolContent,
    selectors: Iterable[Selector],
    areas: Iterable[str],
    least: Callable[[ProtocolContent, Variant, str], int],
) -> ChangeClass:
    areas = [each for each in areas if not each or _on_both(each, old.areas, new.areas)]
    pairs = {
        (least(before, variant, area), least(after, variant, area))
        for variants, (before, after) in _apart(list(selectors), old, new)
        for variant in variants
        if variant.indication is None
        or _on_both(variant.indication, old.indications, new.indications)
        for area in areas
    }
    if any(after < before for before, after in pairs):
        return ChangeClass.SAFETY_LOOSENING
    if any(after > before for before, after in pairs):
        return ChangeClass.SAFETY_TIGHTENING
    return ChangeClass.CLINICAL


def _on_both(key: str, olds: Sequence[Any], news: Sequence[Any]) -> bool:
    """Whether it is treated before and after: what comes or goes itself waits for nothing."""
    return item(olds, key) is not None and item(news, key) is not None


def _apart(
    selectors: list[Selector], *contents: ProtocolContent
) -> Iterator[tuple[list[Variant], list[ProtocolContent]]]:
    """One variant for every set of them that the selectors can tell apart, with the contents
    as far as they speak of it: what is for another indication has no say."""
    for indication in {None, *(each.indication for each in selectors)}:
        of_it = [each for each in selectors if each.indication in (None, indication)]
        variants = list(_variants(indication, of_it))
        yield variants, [_speaking_of(each, indication) for each in contents]


def _variants(indication: str | None, selectors: list[Selector]) -> Iterator[Variant]:
    bounds = {each.from_depth_mm for each in selectors}
    bounds |= {each.below_depth_mm for each in selectors}
    on_each_side = ((deep, deep - SHALLOWER) for deep in bounds if deep is not None)
    depths = [None, *chain.from_iterable(on_each_side)]
    for severity, depth in product(CourseSeverity, depths):
        yield Variant(indication, severity, depth)


def _speaking_of(content: ProtocolContent, indication: str | None) -> ProtocolContent:
    def of_it(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(each for each in items if each.applies_to.indication in (None, indication))

    return replace(
        content,
        interval_rules=of_it(content.interval_rules),
        healing_guards=of_it(content.healing_guards),
    )
