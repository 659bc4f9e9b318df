"""A function per write: starts are held, visits booked, moved, called off; persons stay one."""

from schema.scheduling.actions.booking import book_appointment
from schema.scheduling.actions.booking_rules import set_booking_rules
from schema.scheduling.actions.cancelling import (
    cancel_appointment,
    cancel_course_visits,
    mark_no_show,
)
from schema.scheduling.actions.holding import extend_slot_hold, hold_slot, release_slot_hold
from schema.scheduling.actions.moving import move_appointment
from schema.scheduling.actions.prerequisites import (
    check_prerequisites,
    end_prerequisite,
    set_prerequisite,
)
from schema.scheduling.actions.taking import move_client_bookings

__all__ = [
    "book_appointment",
    "cancel_appointment",
    "cancel_course_visits",
    "check_prerequisites",
    "end_prerequisite",
    "extend_slot_hold",
    "hold_slot",
    "mark_no_show",
    "move_appointment",
    "move_client_bookings",
    "release_slot_hold",
    "set_booking_rules",
    "set_prerequisite",
]
