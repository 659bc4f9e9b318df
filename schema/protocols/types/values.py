"""Values of single fields, as GraphQL takes and shows them."""

from decimal import Decimal

import strawberry

from schema.protocols.rules import Leaf, Value


@strawberry.type(
    description="The value of one field: at most one of the alternatives is not null; where all"
    " are, the field is empty."
)
class FieldValue:
    integer: int | None = strawberry.field(default=None, description="A whole number.")
    decimal: Decimal | None = strawberry.field(default=None, description="A decimal number.")
    boolean: bool | None = strawberry.field(default=None, description="Yes or no.")
    text: str | None = strawberry.field(default=None, description="A text, or an enum's value.")
    texts: list[str] | None = strawberry.field(default=None, description="A list of texts.")

    @classmethod
    def of(cls, value: Leaf) -> "FieldValue":
        match value:
            case bool():
                return cls(boolean=value)
            case int():
                return cls(integer=value)
            case Decimal():
                return cls(decimal=value)
            case tuple():
                return cls(texts=list(value))
            case _:
                return cls(text=value)


@strawberry.input(one_of=True, description="A value of the type that the field has.")
class FieldValueInput:
    integer: int | None = strawberry.field(default=strawberry.UNSET, description="A whole number.")
    decimal: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="A decimal number."
    )
    boolean: bool | None = strawberry.field(default=strawberry.UNSET, description="Yes or no.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="A text, or an enum's value."
    )

    def value(self) -> Value:
        alternatives = (self.integer, self.decimal, self.boolean, self.text)
        return next(each for each in alternatives if each is not strawberry.UNSET)


@strawberry.input(one_of=True, description="A value, or a list, of the type that the field has.")
class LeafInput(FieldValueInput):
    texts: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="A list of texts; it replaces the present one."
    )

    def leaf(self) -> Leaf:
        """A list is a value of a field too; only a clinic's own values are never lists."""
        return tuple(self.texts) if isinstance(self.texts, list) else self.value()
