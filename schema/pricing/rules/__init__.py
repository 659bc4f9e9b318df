"""Prices, packages and quotes as values. Days are those of the clinic; money is never a float."""

from schema.pricing.rules.packages import (
    InvalidPackage,
    PackageNotFeasible,
    PackageTerms,
    PackageWarning,
    check_end,
    check_package,
    span_days,
)
from schema.pricing.rules.prices import (
    GREATEST_AMOUNT_MINOR,
    NoPrice,
    PastDay,
    Price,
    check_from_today,
    check_minor,
    check_price,
    price_on,
)
from schema.pricing.rules.quotes import (
    InvalidSessions,
    LineKind,
    NotOffered,
    PackageNotOffered,
    Quote,
    QuoteLine,
    QuoteRequest,
    QuoteTerms,
    quote,
)

__all__ = [
    "GREATEST_AMOUNT_MINOR",
    "InvalidPackage",
    "InvalidSessions",
    "LineKind",
    "NoPrice",
    "NotOffered",
    "PackageNotFeasible",
    "PackageNotOffered",
    "PackageTerms",
    "PackageWarning",
    "PastDay",
    "Price",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "QuoteTerms",
    "check_end",
    "check_from_today",
    "check_minor",
    "check_package",
    "check_price",
    "price_on",
    "quote",
    "span_days",
]
