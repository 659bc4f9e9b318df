"""What fits where: opening hours as instants, free starts, the resources a visit takes."""

from schema.clinics.rules import GRID_MINUTES
from schema.scheduling.rules.appointments import (
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    AppointmentState,
    check_cancellable,
    check_clinic,
    check_start,
)
from schema.scheduling.rules.calendars import ClinicCalendar, Visit
from schema.scheduling.rules.hours import Hours, OpeningRules, local_day, opening_intervals
from schema.scheduling.rules.resources import Quality, Resource, device, practitioner, room
from schema.scheduling.rules.starts import Need, assign, free_starts

__all__ = [
    "GRID_MINUTES",
    "LIVE_ALLOCATIONS",
    "AllocatedKind",
    "AllocationState",
    "AppointmentState",
    "ClinicCalendar",
    "Hours",
    "Need",
    "OpeningRules",
    "Quality",
    "Resource",
    "Visit",
    "assign",
    "check_cancellable",
    "check_clinic",
    "check_start",
    "device",
    "free_starts",
    "local_day",
    "opening_intervals",
    "practitioner",
    "room",
]
