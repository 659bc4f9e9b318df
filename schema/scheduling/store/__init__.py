"""Every SELECT of scheduling: calendars put together, who is taken when, appointments."""

from schema.scheduling.store.busy import busy_elsewhere
from schema.scheduling.store.calendars import clinic_calendars, unbooked_calendars, with_bookings
from schema.scheduling.store.offers import adoptions, course_offers, offers, wish_of
from schema.scheduling.store.visits import (
    BY_START,
    allocations_by_appointment,
    appointment,
    appointment_by_reference,
    appointments,
    appointments_by_client,
    appointments_by_clinic,
    appointments_by_course,
    appointments_by_id,
    count_booked,
    days_booked,
    devices_by_appointment,
    practitioners_by_appointment,
    reference_taken,
    rooms_by_appointment,
    visits_to_come,
)

__all__ = [
    "BY_START",
    "adoptions",
    "allocations_by_appointment",
    "appointment",
    "appointment_by_reference",
    "appointments",
    "appointments_by_client",
    "appointments_by_clinic",
    "appointments_by_course",
    "appointments_by_id",
    "busy_elsewhere",
    "clinic_calendars",
    "count_booked",
    "course_offers",
    "days_booked",
    "devices_by_appointment",
    "offers",
    "practitioners_by_appointment",
    "reference_taken",
    "rooms_by_appointment",
    "unbooked_calendars",
    "visits_to_come",
    "wish_of",
    "with_bookings",
]
