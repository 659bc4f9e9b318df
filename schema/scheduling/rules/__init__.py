"""What fits where: opening hours as instants, free starts, the resources a visit takes."""

from schema.clinics.rules import GRID_MINUTES
from schema.scheduling.rules.appointments import (
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    AppointmentState,
    BookedElsewhere,
    CancellationReason,
    ReferenceTaken,
    SlotTaken,
    check_cancellable,
    check_clinic,
    check_course_has_room,
    check_start,
)
from schema.scheduling.rules.calendars import ClinicCalendar, Visit, Wish, check_pools
from schema.scheduling.rules.hours import Hours, OpeningRules, opening_intervals
from schema.scheduling.rules.offers import (
    Answer,
    Circle,
    InvalidSearch,
    Offer,
    Search,
    SearchMode,
    Where,
    answers,
    check_search,
    offer,
)
from schema.scheduling.rules.resources import Quality, Resource, device, practitioner, room
from schema.scheduling.rules.starts import Need, assign, free_starts

__all__ = [
    "GRID_MINUTES",
    "LIVE_ALLOCATIONS",
    "AllocatedKind",
    "AllocationState",
    "Answer",
    "AppointmentState",
    "BookedElsewhere",
    "CancellationReason",
    "Circle",
    "ClinicCalendar",
    "Hours",
    "InvalidSearch",
    "Need",
    "Offer",
    "OpeningRules",
    "Quality",
    "ReferenceTaken",
    "Resource",
    "Search",
    "SearchMode",
    "SlotTaken",
    "Visit",
    "Where",
    "Wish",
    "answers",
    "assign",
    "check_cancellable",
    "check_clinic",
    "check_course_has_room",
    "check_pools",
    "check_search",
    "check_start",
    "device",
    "free_starts",
    "offer",
    "opening_intervals",
    "practitioner",
    "room",
]
