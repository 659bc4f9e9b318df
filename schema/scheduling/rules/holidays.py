"""Public holidays, by the `holidays` library, and the days on which a clinic is closed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from holidays import country_holidays, list_supported_countries

DAY = timedelta(days=1)
#: The parts of each country that the library knows. It reads all countries when first asked for
#: one, for half a second: now, so that no request has to wait for it.
PARTS: Mapping[str, Collection[str]] = list_supported_countries(include_aliases=False)


class Closed(Protocol):
    """Closed from a day to a day, both included."""

    @property
    def from_on(self) -> date: ...

    @property
    def to_on(self) -> date: ...


def public_holidays(jurisdiction_code: str, first_day: date, last_day: date) -> Mapping[date, str]:
    """The names of a jurisdiction's public holidays from `first_day` to `last_day`, both included.

    In order, in the place's own language, and with the days on which they are observed instead. Of
    a part that the library does not know (`GB-LND`) the country's, of an unknown country none.

    Source: the library `holidays`, whose releases follow each country's law.
    """
    return {
        day: name
        for year in range(first_day.year, last_day.year + 1)
        for day, name in _of_year(jurisdiction_code, year).items()
        if first_day <= day <= last_day
    }


@lru_cache(maxsize=2048)
def _of_year(jurisdiction_code: str, year: int) -> Mapping[date, str]:
    country, _, part = jurisdiction_code.partition("-")
    if country not in PARTS:
        return {}
    known = part if part in PARTS[country] else None
    return MappingProxyType(dict(sorted(country_holidays(country, known, years=year).items())))


def closed_days(
    closures: Iterable[Closed],
    holidays: Collection[date],
    open_holidays: Collection[date],
    first_day: date,
    last_day: date,
) -> frozenset[date]:
    """The days from `first_day` to `last_day` on which a clinic is closed whatever its hours say.

    `holidays` are those it keeps, none where it keeps none; a closure also closes a holiday that
    it opens on.
    """
    closed = {day for day in holidays if first_day <= day <= last_day}.difference(open_holidays)
    for each in closures:
        first, last = max(each.from_on, first_day), min(each.to_on, last_day)
        closed.update(first + n * DAY for n in range((last - first).days + 1))
    return frozenset(closed)
