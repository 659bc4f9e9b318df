"""What a booking is refused for, and what becomes of it."""

from enum import StrEnum


class AppointmentState(StrEnum):
    """What became of a visit."""

    BOOKED = "BOOKED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"


class AllocationState(StrEnum):
    """Whether a resource is taken: HELD until it expires, BOOKED, or FREED again."""

    BOOKED = "BOOKED"
    FREED = "FREED"
    HELD = "HELD"


LIVE_ALLOCATIONS = (AllocationState.BOOKED, AllocationState.HELD)


class AllocatedKind(StrEnum):
    """What kind of resource a visit takes; the client is one too."""

    CLIENT = "CLIENT"
    DEVICE = "DEVICE"
    PRACTITIONER = "PRACTITIONER"
    ROOM = "ROOM"
