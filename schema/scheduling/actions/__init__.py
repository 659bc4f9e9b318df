"""A function per write: booking a visit, calling it off, keeping persons' calendars one."""

from schema.scheduling.actions.booking import book_appointment, cancel_appointment
from schema.scheduling.actions.taking import move_client_bookings

__all__ = ["book_appointment", "cancel_appointment", "move_client_bookings"]
