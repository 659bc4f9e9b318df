"""Every SELECT of scheduling: calendars put together, who is taken when, appointments."""

from schema.scheduling.store.beyond import with_beyond
from schema.scheduling.store.booking_rules import booking_rules_by_clinic, booking_terms
from schema.scheduling.store.busy import busy_elsewhere
from schema.scheduling.store.calendars import calendars_of, clinic_calendars, shapes
from schema.scheduling.store.guests import client_of, guest_of
from schema.scheduling.store.offerings import Offerings, adoptions
from schema.scheduling.store.offers import Memory, course_offers, offers, wish_of
from schema.scheduling.store.sql_starts import starts_by_sql
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
    "Memory",
    "Offerings",
    "adoptions",
    "allocations_by_appointment",
    "appointment",
    "appointment_by_reference",
    "appointments",
    "appointments_by_client",
    "appointments_by_clinic",
    "appointments_by_course",
    "appointments_by_id",
    "booking_rules_by_clinic",
    "booking_terms",
    "busy_elsewhere",
    "calendars_of",
    "client_of",
    "clinic_calendars",
    "count_booked",
    "course_offers",
    "days_booked",
    "devices_by_appointment",
    "guest_of",
    "offers",
    "practitioners_by_appointment",
    "reference_taken",
    "rooms_by_appointment",
    "shapes",
    "starts_by_sql",
    "visits_to_come",
    "wish_of",
    "with_beyond",
]
