"""What fits where: opening hours as instants, free starts, the resources a visit takes."""

from schema.clinics.rules import GRID_MINUTES
from schema.scheduling.rules.answers import (
    Answer,
    Assigned,
    answer,
    answers,
    assigned,
    far_starts,
    ordered,
)
from schema.scheduling.rules.appointments import (
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    AppointmentState,
    BookedElsewhere,
    CancellationReason,
    ReferenceTaken,
    SlotHoldState,
    SlotTaken,
    check_cancellable,
    check_clinic,
    check_course_has_room,
    check_start,
)
from schema.scheduling.rules.calendars import ClinicCalendar, Shape, frame_for
from schema.scheduling.rules.grid import Frame
from schema.scheduling.rules.guests import (
    CourseLeft,
    Guest,
    Stop,
    ends,
    heals,
    preferred_day,
)
from schema.scheduling.rules.hours import Hours, OpeningRules, opening_intervals
from schema.scheduling.rules.offers import (
    Beyond,
    Offer,
    Offered,
    Offering,
    check_course_visit,
    offering,
)
from schema.scheduling.rules.pairs import Before
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.resources import Quality, Resource, device, practitioner, room
from schema.scheduling.rules.searches import (
    Circle,
    InvalidSearch,
    LocalDays,
    Search,
    SearchMode,
    Where,
    check_search,
)
from schema.scheduling.rules.sought import Owned, Sought, VisitOn, ahead_of
from schema.scheduling.rules.starts import Need, assign, free_starts
from schema.scheduling.rules.terms import FURTHEST_DAYS, USUAL_TERMS, BookingTerms
from schema.scheduling.rules.visits import Visit, Wish, check_pools

__all__ = [
    "FURTHEST_DAYS",
    "GRID_MINUTES",
    "LIVE_ALLOCATIONS",
    "USUAL_TERMS",
    "AllocatedKind",
    "AllocationState",
    "Answer",
    "AppointmentState",
    "Assigned",
    "Before",
    "Beyond",
    "BookedElsewhere",
    "BookingTerms",
    "CancellationReason",
    "Circle",
    "ClinicCalendar",
    "CourseLeft",
    "Frame",
    "Guest",
    "Hours",
    "InvalidSearch",
    "LocalDays",
    "Need",
    "Offer",
    "Offered",
    "Offering",
    "OpeningRules",
    "Owned",
    "Quality",
    "ReferenceTaken",
    "Resource",
    "Search",
    "SearchMode",
    "Shape",
    "SlotHoldState",
    "SlotTaken",
    "Sought",
    "Stop",
    "Visit",
    "VisitOn",
    "Where",
    "Wish",
    "ahead_of",
    "answer",
    "answers",
    "assign",
    "assigned",
    "check_cancellable",
    "check_clinic",
    "check_course_has_room",
    "check_course_visit",
    "check_pools",
    "check_search",
    "check_start",
    "device",
    "ends",
    "far_starts",
    "frame_for",
    "free_starts",
    "heals",
    "offering",
    "opening_intervals",
    "ordered",
    "practitioner",
    "pre_care_from",
    "preferred_day",
    "room",
]
