"""Money, as GraphQL shows and takes it: whole minor units and a currency."""

from typing import Any

import strawberry

from schema.execution import Column, Shape, itself
from schema.money import Money as MoneyValue


@strawberry.type(description="An amount of money.")
class Money:
    amount_minor: int = strawberry.field(
        description="In whole minor units of the currency: cents, pence; yen have none smaller."
    )
    currency: str = strawberry.field(description="ISO 4217 code.")
    display: str = strawberry.field(description="For people, for example `150.00 USD`.")

    @classmethod
    def of(cls, value: MoneyValue) -> "Money":
        return cls(amount_minor=value.amount_minor, currency=value.currency, display=str(value))


def amount_in(minor: str) -> Column:
    """How an amount is read of a row, whose column `minor` holds it, in the row's `currency`."""

    def value(row: Any) -> MoneyValue:
        return MoneyValue(getattr(row, minor), row.currency)

    return Column(
        itself,
        Shape(
            lambda row: Money.of(value(row)),
            {
                "amount_minor": Column(minor),
                "currency": Column("currency"),
                "display": Column(lambda row: str(value(row))),
            },
        ),
    )


@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount_minor: int = strawberry.field(
        description="In whole minor units of the currency, 0 or more: 15000 is 150 dollars."
    )
    currency: str = strawberry.field(
        description="ISO 4217 code; that of the clinic, so that nobody mistakes one for another."
    )

    def value(self) -> MoneyValue:
        return MoneyValue(self.amount_minor, self.currency.strip().upper())
