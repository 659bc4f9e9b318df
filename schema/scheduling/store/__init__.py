"""Every SELECT of scheduling: calendars put together, who is taken when, appointments."""

from schema.scheduling.store.calendars import clinic_calendars
from schema.scheduling.store.visits import (
    BY_START,
    allocations_by_appointment,
    appointment,
    appointments,
    appointments_by_client,
    appointments_by_clinic,
    appointments_by_course,
    appointments_by_id,
)

__all__ = [
    "BY_START",
    "allocations_by_appointment",
    "appointment",
    "appointments",
    "appointments_by_client",
    "appointments_by_clinic",
    "appointments_by_course",
    "appointments_by_id",
    "clinic_calendars",
]
