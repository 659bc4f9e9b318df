"""A function per write: selling a course, recording its sessions, calling it off."""

from schema.courses.actions.sales import sell_course
from schema.courses.actions.sessions import cancel_course, record_session

__all__ = ["cancel_course", "record_session", "sell_course"]
