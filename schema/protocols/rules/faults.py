"""What is wrong with a content: how it is said, and the ways to what may be wrong."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from schema.errors import RuleViolation
from schema.protocols.rules.add_ons import AddOnRule, StepExtension
from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.steps import ResourceNeed, Step
from schema.protocols.rules.violations import InvalidContent

Faults: TypeAlias = Iterator[RuleViolation]


def fault(path: str, message: str) -> RuleViolation:
    return InvalidContent(f"{path}: {message}", field=path)


def within(path: str, key: str) -> str:
    """The path of an item of the list at `path`; of the list for what is about nothing."""
    return f"{path}.{key}" if key else path


def ascending(path: str, *values: int | Decimal | None) -> Faults:
    """A fault unless the stated values ascend; null is no value."""
    stated = [each for each in values if each is not None]
    if any(low > high for low, high in pairwise(stated)):
        yield fault(path, f"{', '.join(map(str, stated))} should ascend.")


def all_steps(content: ProtocolContent) -> Iterator[tuple[str, Step]]:
    """Every step of the protocol and its add-ons, with its path."""
    yield from ((f"steps.{each.key}", each) for each in content.steps)
    for rule in content.add_ons:
        yield from ((f"addOns.{rule.key}.steps.{each.key}", each) for each in rule.steps)


def all_needs(content: ProtocolContent) -> Iterator[tuple[str, ResourceNeed]]:
    """Every resource need of steps and of what add-ons extend, with its path."""
    for path, step in all_steps(content):
        yield from ((f"{path}.needs.{each.role}", each) for each in step.needs)
    for rule, extension in extensions(content):
        path = f"addOns.{rule.key}.extendsSteps.{extension.step}.needs"
        yield from ((f"{path}.{each.role}", each) for each in extension.needs)


def extensions(content: ProtocolContent) -> Iterator[tuple[AddOnRule, StepExtension]]:
    return ((rule, each) for rule in content.add_ons for each in rule.extends_steps)
