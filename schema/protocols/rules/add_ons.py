"""What a session can be combined with, and which combinations are allowed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from schema.protocols.rules.kinds import AddOnKind
from schema.protocols.rules.meanings import (
    all_allowed,
    all_demanded,
    clinical,
    copy,
    demanded,
    gentlest_low,
    most,
    safeguard,
    words,
)
from schema.protocols.rules.steps import Minutes, ResourceNeed, Step
from schema.protocols.rules.violations import AddOnNotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExtension:
    """What an add-on changes about a step of the protocol itself."""

    step: Annotated[str, copy, "Key of the step."]
    extra_minutes: Annotated[Minutes, "Added to the step's minutes, counted as they count."]
    needs: Annotated[
        tuple[ResourceNeed, ...], demanded, "What the step then occupies as well."
    ] = ()

    @property
    def key(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What an add-on prepares is used soon: from one step's end to another's start."""

    prepared_by: Annotated[str, clinical, "Key of the add-on's step that prepares it."]
    used_by: Annotated[str, clinical, "Key of the add-on's step that uses it."]
    within_minutes: Annotated[int, most, "How long it keeps."]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOnRule:
    """An add-on that clinics may offer with the protocol.

    Credentials and devices of its own are what its steps need.
    """

    key: Annotated[str, copy, "Stable key, for example `PRP`."]
    kind: Annotated[AddOnKind, clinical, "What it is."]
    name: Annotated[str, words, "Its display name, which belongs to headquarters."]
    requires: Annotated[
        tuple[str, ...], all_demanded, "Keys of add-ons a session with it also has."
    ] = ()
    excludes: Annotated[
        tuple[str, ...], all_demanded, "Keys of add-ons a session with it must not have."
    ] = ()
    at_most: Annotated[
        int | None,
        most,
        "How many add-ons a session with it may have, itself included; null: any.",
    ] = None
    steps: Annotated[
        tuple[Step, ...], clinical, "Its own steps, each anchored to one of the protocol."
    ] = ()
    extends_steps: Annotated[
        tuple[StepExtension, ...], clinical, "What it changes about other steps."
    ] = ()
    fresh: Annotated[Freshness | None, demanded, "How soon what it prepares is used."] = None
    consent: Annotated[str | None, demanded, "Code of the consent form of its own."] = None
    depth_mm: Annotated[
        Decimal | None, gentlest_low, "Needle depth it is done at, in millimetres."
    ] = None
    substances: Annotated[tuple[str, ...], all_allowed, "What may be applied or delivered."] = ()
    prescriber_required: Annotated[
        bool, safeguard, "Whether a prescriber orders it for the client."
    ] = False


def check_add_ons(
    rules: Sequence[AddOnRule],
    chosen: Sequence[str],
    *,
    offered: Collection[str] | None = None,
) -> None:
    """Raise AddOnNotAllowed for the first of `chosen` that one session may not have.

    Unknown, named twice, not among `offered` by the clinic (`None`: all), without one it requires,
    with one it excludes, or in a company greater than it allows.
    """
    known = {each.key: each for each in rules}
    for position in range(len(chosen)):
        _refuse_first(_listing_faults(known, chosen, position, offered), position)
        _refuse_first(_combination_faults(known, chosen, position), position)


def check_offer(rules: Sequence[AddOnRule], chosen: Sequence[str]) -> None:
    """Raise AddOnNotAllowed for the first of `chosen` that a clinic cannot offer.

    Unknown, named twice, or without one it requires. What excludes each other may be offered side
    by side: that concerns one session.
    """
    known = {each.key: each for each in rules}
    for position, key in enumerate(chosen):
        _refuse_first(_listing_faults(known, chosen, position, None), position)
        missing = (f"{key} requires {each}." for each in _missing(known[key], chosen))
        _refuse_first(missing, position)


def _refuse_first(reasons: Iterator[str], position: int) -> None:
    for reason in reasons:
        raise AddOnNotAllowed(reason, field=f"addOns.{position}")


def _listing_faults(
    known: Mapping[str, AddOnRule],
    chosen: Sequence[str],
    position: int,
    offered: Collection[str] | None,
) -> Iterator[str]:
    key = chosen[position]
    if key not in known:
        yield f"This protocol has no add-on {key}; it has {', '.join(sorted(known)) or 'none'}."
    if key in chosen[:position]:
        yield f"{key} is named twice."
    if offered is not None and key not in offered:
        yield f"This clinic does not offer {key}."


def _combination_faults(
    known: Mapping[str, AddOnRule], chosen: Sequence[str], position: int
) -> Iterator[str]:
    """Why the add-on at `position` cannot join those before it."""
    key, before = chosen[position], chosen[:position]
    for missing in _missing(known[key], chosen):
        yield f"{key} requires {missing}."
    for other in before:
        if other in known[key].excludes or key in known[other].excludes:
            yield f"{key} and {other} are not combined in one session."
    for other in (*before, key):
        most = known[other].at_most
        if most is not None and len(before) >= most:
            yield f"A session with {other} has at most {most} add-ons."


def _missing(rule: AddOnRule, chosen: Sequence[str]) -> list[str]:
    return [each for each in rule.requires if each not in chosen]
