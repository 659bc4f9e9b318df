"""How contents differ, as GraphQL shows it."""

from collections.abc import Iterable, Iterator
from typing import Any

import strawberry

from schema.fields import described
from schema.protocols.rules import (
    ChangeClass,
    Difference,
    DifferenceKind,
    LayerChange,
    LayerKind,
)
from schema.protocols.rules.paths import leaves_of
from schema.protocols.types.values import FieldValue

described(
    ChangeClass,
    "What a change of a protocol does, computed from its direction.",
    {
        ChangeClass.SAFETY_TIGHTENING: "Less is allowed or more is demanded; take it soon.",
        ChangeClass.SAFETY_LOOSENING: "More is allowed or less is demanded; read it with care.",
        ChangeClass.CLINICAL: "How the treatment is done; teach it.",
        ChangeClass.COMMERCIAL: "What is sold and promised; look at prices and packages.",
        ChangeClass.COPY: "Texts, order and sources.",
    },
)
described(
    DifferenceKind,
    "How two contents differ at a path.",
    {
        DifferenceKind.SET: "A field has another value: `before` and `after`.",
        DifferenceKind.ADDED: "An item is there now: `fields` says all of it.",
        DifferenceKind.REMOVED: "An item is gone: `fields` says what it was.",
        DifferenceKind.MOVED: "An item stands elsewhere in its list: now after `behind`.",
    },
)


@strawberry.type(description="One field of an item that was added or removed.")
class DifferenceField:
    path: str = strawberry.field(description="For example `screeningRules.KELOIDS.severity`.")
    value: FieldValue = strawberry.field(description="What it says.")


@strawberry.type(
    description="One difference at a stable path, classed by what it does, with the layer that it"
    " comes from."
)
class ProtocolDifference:
    kind: DifferenceKind = strawberry.field(description="How it differs.")
    path: str = strawberry.field(
        description="Stable: items are named by their keys, as in `steps.CLEANSE.minutes.typical`."
    )
    class_: ChangeClass = strawberry.field(name="class", description="What the change does.")
    layer: LayerKind = strawberry.field(description="What kind of layer it comes from.")
    layer_name: str | None = strawberry.field(
        description="Code of the jurisdiction or the clinic; null for headquarters."
    )
    before: FieldValue | None = strawberry.field(
        description="Where a field is SET: what it was; where an item MOVED: the key of the item"
        " that it stood behind."
    )
    after: FieldValue | None = strawberry.field(
        description="Where a field is SET: what it is; where an item MOVED: the key of the item"
        " that it stands behind."
    )
    behind: str | None = strawberry.field(
        description="Where an item was ADDED or MOVED: the key of the item before it; null: first."
    )
    fields: list[DifferenceField] = strawberry.field(
        description="Where an item was ADDED or REMOVED: what it says, field by field."
    )
    summary: str = strawberry.field(description="For people, in English; may change.")

    @classmethod
    def of(cls, change: LayerChange) -> "ProtocolDifference":
        found = change.difference
        valued = found.kind in (DifferenceKind.SET, DifferenceKind.MOVED)
        return cls(
            kind=found.kind,
            path=found.path,
            class_=found.meaning,
            layer=change.layer,
            layer_name=change.layer_name or None,
            before=FieldValue.of(found.before) if valued else None,
            after=FieldValue.of(found.after) if valued else None,
            behind=found.behind,
            fields=[] if valued else list(_fields(found)),
            summary=_summary(found),
        )


def _fields(difference: Difference) -> Iterator[DifferenceField]:
    there = difference.after if difference.before is None else difference.before
    for path, value in leaves_of(difference.path, there):
        if value not in (None, ()):
            yield DifferenceField(path=path, value=FieldValue.of(value))


def _summary(difference: Difference) -> str:
    match difference.kind:
        case DifferenceKind.SET:
            was, now = _said(difference.before), _said(difference.after)
            return f"{difference.path}: {was} becomes {now}."
        case DifferenceKind.ADDED:
            return f"{difference.path} is new."
        case DifferenceKind.REMOVED:
            return f"{difference.path} is gone."
        case DifferenceKind.MOVED:
            behind = difference.behind
            return f"{difference.path} comes {f'after {behind}' if behind else 'first'} now."


def _said(value: Any) -> str:
    if value in (None, (), ""):
        return "nothing"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


@strawberry.type(description="How many differences there are of a class.")
class ClassCount:
    class_: ChangeClass = strawberry.field(name="class", description="What the changes do.")
    count: int = strawberry.field(description="How many there are.")


@strawberry.type(description="How two contents differ, from the one to the other.")
class ProtocolDiff:
    differences: list[ProtocolDifference] = strawberry.field(
        description="In the order of the content; none where they are equal."
    )
    classes: list[ClassCount] = strawberry.field(
        description="How many of each class there are, what concerns safety first."
    )

    @classmethod
    def of(cls, changes: Iterable[LayerChange]) -> "ProtocolDiff":
        found = [ProtocolDifference.of(each) for each in changes]
        counts = {each: sum(one.class_ is each for one in found) for each in ChangeClass}
        return cls(
            differences=found,
            classes=[
                ClassCount(class_=each, count=count) for each, count in counts.items() if count
            ],
        )
