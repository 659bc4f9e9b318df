"""Days, instants and decimals as callers send them: within what calendars, sums and columns hold.

Strawberry's own parsers let the year 1, `NaN` and `1e999999` through. Behind them a time zone's
offset leaves the calendar, a comparison raises, a column overflows: each a bug in a caller's hands.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.types.base_scalars import (
    DateDefinition,
    DateTimeDefinition,
    DecimalDefinition,
)
from strawberry.types.scalar import ScalarDefinition

FIRST_YEAR, LAST_YEAR = 1900, 2200
MOST_DIGITS = 30


def _within(scalar: ScalarDefinition, allowed: Callable[[Any], bool], limits: str) -> Any:
    """`scalar`, which takes only what is `allowed`."""
    plain = scalar.parse_value
    assert plain is not None, "every scalar of strawberry's parses"

    def parse(value: object) -> Any:
        found = plain(value)
        if not allowed(found):
            raise StrawberryInputCoercionError(
                f"Value cannot represent a {scalar.name}: {str(value)[:40]!r}. {limits}"
            )
        return found

    return replace(scalar, parse_value=parse)


def _on_calendar(day: date) -> bool:
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _fixed(instant: datetime) -> bool:
    """Whether it names one instant, whatever zone it is read in."""
    return instant.tzinfo is not None and _on_calendar(instant)


def _countable(number: Decimal) -> bool:
    """Whether it is a number, written out in few digits."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and max(number.adjusted(), -exponent) < MOST_DIGITS


YEARS = f"Years are {FIRST_YEAR} to {LAST_YEAR}."

SCALARS: dict[object, ScalarDefinition] = {
    date: _within(DateDefinition, _on_calendar, YEARS),
    datetime: _within(DateTimeDefinition, _fixed, f"Say the offset, as Z or -05:00. {YEARS}"),
    Decimal: _within(DecimalDefinition, _countable, f"A number of at most {MOST_DIGITS} digits."),
}
