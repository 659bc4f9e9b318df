"""What somebody would pay, line by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.clinics.rules import local_day
from schema.errors import RuleViolation
from schema.money import InvalidAmount, Money
from schema.pricing.rules.packages import MOST_SESSIONS, PackageTerms
from schema.pricing.rules.prices import GREATEST_AMOUNT_MINOR, NoPrice, Price, price_on
from schema.protocols.rules import (
    AdoptionState,
    CourseSeverity,
    ProtocolContent,
    Variant,
    check_visit,
)


class NotOffered(RuleViolation):
    code = "NOT_OFFERED"


class PackageNotOffered(RuleViolation):
    code = "PACKAGE_NOT_OFFERED"


class InvalidSessions(RuleViolation):
    code = "INVALID_SESSIONS"


class LineKind(StrEnum):
    """What a line of a quote is for."""

    ADD_ON = "ADD_ON"
    FURTHER_AREAS = "FURTHER_AREAS"
    PACKAGE = "PACKAGE"
    SESSIONS = "SESSIONS"


WORDS: Mapping[LineKind, str] = {
    LineKind.ADD_ON: "with each session",
    LineKind.FURTHER_AREAS: "for each area beyond the first",
    LineKind.PACKAGE: "for the package",
    LineKind.SESSIONS: "for each session",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One item of a quote, and the price that makes it: in force since `valid_from`.

    `severity` is the one that the price is for, None: any; `add_on_key` None: the protocol itself.
    """

    kind: LineKind
    unit: Money
    quantity: int
    valid_from: date
    severity: CourseSeverity | None = None
    add_on_key: str | None = None

    @property
    def amount(self) -> Money:
        return self.unit * self.quantity

    @property
    def explanation(self) -> str:
        """The line in words, in English."""
        what = f"{self.add_on_key}, " if self.add_on_key else ""
        whom = f" for {self.severity} concerns" if self.severity else ""
        return (
            f"{what}{self.quantity} times {self.unit} {WORDS[self.kind]};"
            f" the price{whom} since {self.valid_from}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a visit or a course costs if it is bought on `day`, a day of the clinic."""

    day: date
    sessions: int
    lines: tuple[QuoteLine, ...]
    package_id: UUID | None = None

    @property
    def total(self) -> Money:
        first, *others = (each.amount for each in self.lines)
        return sum(others, start=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTerms:
    """All that a clinic's quotes for one of its protocols are made of; `content` is resolved."""

    clinic_protocol_id: UUID
    clinic_id: UUID
    currency: str
    time_zone: str
    state: AdoptionState
    content: ProtocolContent
    offered_add_ons: frozenset[str]
    prices: tuple[Price, ...] = ()
    packages: tuple[PackageTerms, ...] = ()

    def today(self, now: datetime) -> date:
        """The day that it is in the clinic."""
        return local_day(now, ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What is to be priced, on which day of the clinic: some sessions, or a package.

    `package` is its id or its code; then `sessions` is not looked at.
    """

    day: date
    areas: tuple[str, ...] = ()
    variant: Variant = field(default_factory=Variant)
    add_ons: tuple[str, ...] = ()
    sessions: int = 1
    package: UUID | str | None = None


def quote(terms: QuoteTerms, request: QuoteRequest) -> Quote:
    """The lines and their total.

    Raises: NotOffered, NoPrice, PackageNotOffered, InvalidSessions, InvalidAmount, and what
    `check_visit` raises; the fields are paths into the input of `priceQuote`.
    """
    if terms.state is not AdoptionState.OFFERED:
        raise NotOffered("The clinic does not offer this protocol.", field="clinicProtocol")
    check_visit(
        terms.content,
        request.areas,
        request.variant,
        request.add_ons,
        offered=terms.offered_add_ons,
    )
    package = _package(terms, request)
    sessions = package.sessions if package else _sessions(request)
    made = Quote(
        day=request.day,
        sessions=sessions,
        lines=tuple(_lines(terms, request, package, sessions)),
        package_id=package.id if package else None,
    )
    if made.total.amount_minor > GREATEST_AMOUNT_MINOR:
        raise InvalidAmount("This costs more than a quote can say; ask for less at once.")
    return made


def _sessions(request: QuoteRequest) -> int:
    if not 1 <= request.sessions <= MOST_SESSIONS:
        raise InvalidSessions(
            f"Quotes are for 1 to {MOST_SESSIONS} sessions.", field="buying.sessions"
        )
    return request.sessions


def _package(terms: QuoteTerms, request: QuoteRequest) -> PackageTerms | None:
    key = request.package
    if key is None:
        return None
    code = key.strip().upper() if isinstance(key, str) else None
    for each in terms.packages:
        if (each.id == key or each.code == code) and each.offered(
            request.day, request.variant.severity
        ):
            return each
    raise PackageNotOffered(
        f"On {request.day} the clinic sells no such package for this protocol and severity.",
        field="buying.package",
    )


def _lines(
    terms: QuoteTerms, request: QuoteRequest, package: PackageTerms | None, sessions: int
) -> Iterator[QuoteLine]:
    beyond = max(len(request.areas) - 1, 0)
    if package:
        yield from _priced(LineKind.PACKAGE, package, 1, beyond)
    else:
        own = _in_force(terms, request, None, "clinicProtocol")
        yield from _priced(LineKind.SESSIONS, own, sessions, beyond)
    for position, key in enumerate(request.add_ons):
        price = _in_force(terms, request, key, f"addOns.{position}")
        yield from _priced(LineKind.ADD_ON, price, sessions, beyond, add_on_key=key)


def _in_force(terms: QuoteTerms, request: QuoteRequest, key: str | None, path: str) -> Price:
    severity = request.variant.severity
    found = price_on(terms.prices, request.day, add_on_key=key, severity=severity)
    if found is None:
        what = key or terms.content.name
        raise NoPrice(f"The clinic has no price for {what} on {request.day}.", field=path)
    return found


def _priced(
    kind: LineKind,
    price: Price | PackageTerms,
    times: int,
    beyond: int,
    *,
    add_on_key: str | None = None,
) -> Iterator[QuoteLine]:
    """The line for the first area and, where there are more, the one for those beyond it."""
    for each, unit, quantity in (
        (kind, price.amount, times),
        (LineKind.FURTHER_AREAS, price.further_area, times * beyond),
    ):
        if quantity:
            yield QuoteLine(
                kind=each,
                unit=unit,
                quantity=quantity,
                valid_from=price.valid_from,
                severity=price.severity,
                add_on_key=add_on_key,
            )
