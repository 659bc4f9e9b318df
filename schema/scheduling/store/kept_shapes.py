"""What calendars are made of, kept from one booking to the next while it is what it was."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from schema.base import Reader
from schema.clinics.models import ClinicRow
from schema.intervals import Interval
from schema.scheduling.rules import Shape
from schema.scheduling.store.calendars import shapes
from schema.scope import Scope

#: Clinics whose shapes are kept: those in which was booked last.
MOST_KEPT = 50
BEHIND, AHEAD = timedelta(days=2), timedelta(days=100)


class KeptShape(NamedTuple):
    counted: int
    around: Interval
    shape: Shape


class KeptShapes:
    """The shapes of the clinics in which was booked last, each as of the version at which its
    calendar took it: whoever asks knows that version, and asks the rows where it is another."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, KeptShape] = OrderedDict()

    async def shape(
        self,
        session: Reader,
        clinic: ClinicRow,
        scope: Scope,
        counted: int,
        around: Interval,
        now: datetime,
    ) -> Shape:
        """The shape of a clinic in scope that its calendar took at version `counted`."""
        kept = self._kept.get(clinic.id)
        if kept is None or kept.counted != counted or not _within(around, kept.around):
            usual = Interval(now - BEHIND, now + AHEAD)
            wide = usual if _within(around, usual) else around
            found = (await shapes(session, [clinic], scope, wide))[clinic.id]
            kept = self._kept[clinic.id] = KeptShape(counted, wide, found)
        self._kept.move_to_end(clinic.id)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept.shape


def _within(inner: Interval, outer: Interval) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
