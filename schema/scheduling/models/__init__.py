"""The tables of scheduling: calendars, rules of booking, appointments and what they take."""

from schema.scheduling.models.appointments import (
    NEVER_TWICE,
    AllocationRow,
    AppointmentRow,
    SlotHoldRow,
)
from schema.scheduling.models.calendars import (
    CHANNEL,
    BookingRulesRow,
    CalendarChangeRow,
    ClinicCalendarRow,
)
from schema.scheduling.models.prerequisites import PrerequisiteRow

__all__ = [
    "CHANNEL",
    "NEVER_TWICE",
    "AllocationRow",
    "AppointmentRow",
    "BookingRulesRow",
    "CalendarChangeRow",
    "ClinicCalendarRow",
    "PrerequisiteRow",
    "SlotHoldRow",
]
