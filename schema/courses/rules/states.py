"""What becomes of courses and their sessions."""

from enum import StrEnum


class CourseState(StrEnum):
    """What became of a course. EXPIRED is computed, from its last day."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"


class CourseCancellation(StrEnum):
    """Why what is left of a course is called off."""

    CLIENT = "CLIENT"
    CLINIC = "CLINIC"
    MISTAKE = "MISTAKE"


class SessionState(StrEnum):
    """What became of a session."""

    CANCELLED = "CANCELLED"
    DONE = "DONE"
    PLANNED = "PLANNED"
