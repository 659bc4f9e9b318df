"""How a clinic takes bookings. Days are the clinic's own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schema.clinics.rules import local_day
from schema.intervals import Interval
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.hours import local_instant

FURTHEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """Starts lie `step_minutes` apart from each local midnight, no sooner than `lead_minutes` from
    now, and at most `horizon_days` of the clinic's days ahead.

    A practitioner is kept free for the buffers before and after each visit: they may lie outside
    working hours, never on another visit or its buffers. At most so many visits start on a day, in
    the clinic and for each practitioner; None: any number.
    """

    step_minutes: int = 15
    lead_minutes: int = 0
    horizon_days: int = FURTHEST_DAYS
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    most_visits_a_day: int | None = None
    most_visits_a_practitioner: int | None = None

    @property
    def limits_visits(self) -> bool:
        """Whether the visits of a day have to be counted."""
        return self.most_visits_a_day is not None or self.most_visits_a_practitioner is not None

    def buffers(self, need: VisitNeed) -> tuple[int, int]:
        """For how many minutes whoever meets the need is kept free before and after."""
        if need.kind is not ResourceKind.PRACTITIONER:
            return 0, 0
        return self.buffer_before_minutes, self.buffer_after_minutes

    def last_day(self, now: datetime, zone: ZoneInfo) -> date:
        """The last day on which a visit may start."""
        return local_day(now, zone) + timedelta(days=self.horizon_days)

    def bookable(self, now: datetime, zone: ZoneInfo) -> Interval:
        """When visits may start, for somebody who books now; a start is after `now` itself."""
        end = local_instant(self.last_day(now, zone) + timedelta(days=1), 0, zone)
        return Interval(now + timedelta(minutes=self.lead_minutes), end)


USUAL_TERMS = BookingTerms()
