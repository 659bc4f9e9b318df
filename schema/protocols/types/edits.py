"""Edits of a protocol, as GraphQL takes them."""

from typing import Any, cast

import strawberry

from schema.protocols import rules
from schema.protocols.rules.edits import KEEPS_PLACE
from schema.protocols.store.documents import ITEM_KINDS
from schema.protocols.types.mirror import NAMES, input_of, value_of
from schema.protocols.types.values import LeafInput

#: The item that an edit puts, by the field of `ProtocolItemInput` that gives it.
FIELDS = {
    name[0].lower() + name[1:]: kind
    for kind in ITEM_KINDS.values()
    for name in [NAMES.get(kind.__name__, kind.__name__)]
}


def _items() -> Any:
    declared = type("ProtocolItemInput", (), {"__module__": __name__})
    declared.__annotations__ = {}
    for name, kind in FIELDS.items():
        attribute = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
        declared.__annotations__[attribute] = cast(Any, input_of(kind)) | None
        description = f"For a field or a list of {NAMES.get(kind.__name__, kind.__name__)}."
        setattr(
            declared,
            attribute,
            strawberry.field(name=name, default=strawberry.UNSET, description=description),
        )
    return strawberry.input(
        one_of=True,
        description="An item, of the type that the list or the field at the path holds.",
    )(declared)


ProtocolItemInput = _items()


def item_of(given: Any) -> Any:
    """The value of the rules that a `ProtocolItemInput` stands for."""
    for field in given.__strawberry_definition__.fields:
        found = getattr(given, field.python_name)
        if found is not strawberry.UNSET:
            return value_of(FIELDS[field.graphql_name], found)
    raise AssertionError("a @oneOf has one")


@strawberry.input(description="Another value for a field.")
class SetFieldInput:
    path: str = strawberry.field(description="For example `intervalRules.GENERAL.minDays`.")
    value: LeafInput = strawberry.field(description="What it shall say.")


@strawberry.input(description="An item for a list, or an object for a field.")
class PutItemInput:
    path: str = strawberry.field(description="Of the list or the field, for example `steps`.")
    item: ProtocolItemInput = strawberry.field(  # type: ignore[valid-type]  # made above
        description="It replaces the one with its key, if there is one."
    )
    behind: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Key of the item before it; null: first; left out: where it is, or last.",
    )


@strawberry.input(description="Another place for an item in its list.")
class MoveItemInput:
    path: str = strawberry.field(description="Of the item, for example `steps.CLEANSE`.")
    behind: str | None = strawberry.field(
        default=None, description="Key of the item before it; null or left out: first."
    )


@strawberry.input(
    one_of=True,
    description="One edit, at a stable path: fields in camel case, items by their keys, joined by"
    " dots, as in `addOns.PRP.steps.PRP_DRAW.minutes.max`. Where an item has no `key`, it is known"
    " by its severity (`sessionCounts`), role (`needs`), step (`extendsSteps`) or language"
    " (`translations`), or by the path that it is about (`locks`, `evidence`, `texts`), as in"
    " `locks.steps.CLEANSE.minutes.max.ceiling`.",
)
class ProtocolEditInput:
    set: SetFieldInput | None = strawberry.field(
        default=strawberry.UNSET, description="Another value for a field."
    )
    put: PutItemInput | None = strawberry.field(
        default=strawberry.UNSET, description="An item to add, or to put in place of another."
    )
    remove: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Path of an item to remove, or of a field to empty.",
    )
    move: MoveItemInput | None = strawberry.field(
        default=strawberry.UNSET, description="An item to move within its list."
    )

    def value(self) -> rules.Edit:
        if self.set:
            return rules.Set(self.set.path, self.set.value.leaf())
        if self.put:
            behind = KEEPS_PLACE if self.put.behind is strawberry.UNSET else self.put.behind
            return rules.Put(self.put.path, item_of(self.put.item), behind)
        if self.move:
            return rules.Move(self.move.path, self.move.behind)
        return rules.Remove(self.remove or "")
