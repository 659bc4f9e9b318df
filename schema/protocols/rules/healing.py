"""How long skin heals before it is treated again: two weeks, unless HQ set another guard."""

from collections.abc import Sequence
from dataclasses import replace

from schema.protocols.rules.content import HealingGuard, IntervalRule, ProtocolContent
from schema.protocols.rules.steps import Selector, Variant
from schema.protocols.rules.variants import complete, interval_for, overlap

HEALING_GUARD_DAYS = 14
USUAL_APPROVALS, APPROVALS_BELOW_THE_GUARD = 1, 2


def healing_guard_days(
    content: ProtocolContent, variant: Variant, areas: Sequence[str] = ()
) -> int:
    """The days that these areas heal after a session of this variant: the longest of them.

    For each area the most specific guard that HQ set counts, among equals the longer one; where
    none fits, two weeks. Without areas, only guards for every area are asked.

    Source: domain.md, "What must be computed" 2 and the last sentence of "What the articles leave
    out".
    """
    wanted = complete(content, variant)
    return max(_guard(content, wanted, area) for area in (areas or (None,)))


def _guard(content: ProtocolContent, variant: Variant, area: str | None) -> int:
    fits = (
        each
        for each in content.healing_guards
        if each.applies_to.fits(variant) and (not each.areas or area in each.areas)
    )
    found = max(fits, key=_rank, default=None)
    return HEALING_GUARD_DAYS if found is None else found.min_days


def _rank(guard: HealingGuard) -> tuple[int, int]:
    return guard.applies_to.specificity + bool(guard.areas), guard.min_days


def spacing_for(
    content: ProtocolContent, variant: Variant, areas: Sequence[str] = ()
) -> IntervalRule | None:
    """The interval that holds for these areas: the protocol's, no shorter than skin heals.

    Without areas, every area of the protocol counts: who does not know them goes below no guard.
    None for a protocol without courses.
    """
    rule = interval_for(content, variant)
    if rule is None:
        return None
    treated = areas or [each.key for each in content.areas]
    least = max(rule.min_days, healing_guard_days(content, variant, treated))
    preferred = max(rule.preferred_days, least)
    return replace(
        rule, min_days=least, preferred_days=preferred, max_days=max(rule.max_days, preferred)
    )


def shortest_guard_days(content: ProtocolContent, selector: Selector) -> int:
    """The shortest guard of all variants that `selector` names: no rule for them goes below.

    A guard that is longer than two weeks raises nothing here: it lifts the rule (`spacing_for`).
    """
    found = [each for each in content.healing_guards if overlap(each.applies_to, selector)]
    return min([HEALING_GUARD_DAYS, *(each.min_days for each in found)])


def approvals_needed(content: ProtocolContent) -> int:
    """How many people other than the author approve this: two where it goes below two weeks."""
    lowered = any(each.min_days < HEALING_GUARD_DAYS for each in content.healing_guards)
    return APPROVALS_BELOW_THE_GUARD if lowered else USUAL_APPROVALS
