"""Quotes, and what they are asked with."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.fields import By, described, link
from schema.pricing import store
from schema.pricing.rules import LineKind, Quote, QuoteLine, QuoteRequest
from schema.pricing.types.money import Money
from schema.pricing.types.prices import Package
from schema.problems import NotFoundProblem, RuleProblem
from schema.protocols.rules import CourseSeverity, Variant
from schema.protocols.types.content import VariantInput

described(
    LineKind,
    "What a line of a quote is for.",
    {
        LineKind.ADD_ON: "An add-on, with each session.",
        LineKind.FURTHER_AREAS: "The areas beyond the first, of the line before it.",
        LineKind.PACKAGE: "A package, once for all its sessions.",
        LineKind.SESSIONS: "Sessions of the protocol itself.",
    },
)


@strawberry.type(description="An item of a quote, and the price that makes it.")
class PriceQuoteLine:
    kind: LineKind = strawberry.field(description="What it is for.")
    add_on: str | None = strawberry.field(
        description="Key of the add-on; null: the protocol itself."
    )
    unit: Money = strawberry.field(description="What one of them costs.")
    quantity: int = strawberry.field(description="How many: sessions, areas in all sessions, or 1.")
    amount: Money = strawberry.field(description="`unit`, `quantity` times.")
    severity: CourseSeverity | None = strawberry.field(
        description="The severity that the applied price is for; null: any."
    )
    valid_from: date = strawberry.field(description="Since when the applied price is in force.")
    explanation: str = strawberry.field(description="All of this for people, in English.")

    @classmethod
    def of(cls, line: QuoteLine) -> "PriceQuoteLine":
        return cls(
            kind=line.kind,
            add_on=line.add_on_key,
            unit=Money.of(line.unit),
            quantity=line.quantity,
            amount=Money.of(line.amount),
            severity=line.severity,
            valid_from=line.valid_from,
            explanation=line.explanation,
        )


@strawberry.type(description="What a visit or a course costs if it is bought on a day.")
class PriceQuote:
    package_id: strawberry.Private[UUID | None]
    day: date = strawberry.field(description="The day that it is for, in the clinic's zone.")
    sessions: int = strawberry.field(description="How many sessions it is for.")
    lines: list[PriceQuoteLine] = strawberry.field(
        description="Its items: the protocol or the package, then each add-on as asked."
    )
    total: Money = strawberry.field(description="The sum of the lines.")
    package: Package | None = link(
        store.packages_by_id,
        key="package_id",
        of=Package.of,
        reads=Permission.PRICES_READ,
        describe="The package; null where sessions were asked for.",
    )

    @classmethod
    def of(cls, quote: Quote) -> "PriceQuote":
        return cls(
            package_id=quote.package_id,
            day=quote.day,
            sessions=quote.sessions,
            lines=[PriceQuoteLine.of(each) for each in quote.lines],
            total=Money.of(quote.total),
        )


@strawberry.input(one_of=True, description="What is bought: some sessions, or a package.")
class Buying:
    sessions: int | None = strawberry.field(
        default=strawberry.UNSET, description="So many sessions, 1 to 50, each at its price."
    )
    package: By | None = strawberry.field(
        default=strawberry.UNSET, description="A package of the clinic's protocol."
    )


@strawberry.input(description="What is to be priced.")
class PriceQuoteInput:
    clinic_protocol: relay.GlobalID = strawberry.field(
        description="The protocol, as one clinic offers it."
    )
    areas: list[str] = strawberry.field(
        default_factory=list,
        description="Keys of the areas to be treated; empty only where the protocol has none.",
    )
    variant: VariantInput | None = strawberry.field(
        default=None, description="What for and how deep; null: a standard concern."
    )
    add_ons: list[str] = strawberry.field(
        default_factory=list, description="Keys of the add-ons, with every session."
    )
    buying: Buying | None = strawberry.field(
        default=None, description="What is bought; null: one session."
    )
    day: date | None = strawberry.field(
        default=None, description="Bought on this day of the clinic; null: today."
    )

    def request(self, today: date) -> QuoteRequest:
        """Raises: NotFound for the id of something else than a package."""
        buying = self.buying or Buying(sessions=1)
        return QuoteRequest(
            day=self.day or today,
            areas=tuple(self.areas),
            variant=self.variant.value() if self.variant else Variant(),
            add_ons=tuple(self.add_ons),
            sessions=1 if buying.package else buying.sessions or 0,
            package=buying.package.key("Package", "package") if buying.package else None,
        )


PriceQuoteResult = Annotated[
    PriceQuote | RuleProblem | NotFoundProblem,
    strawberry.union("PriceQuoteResult", description="The quote, or why there is none."),
]
