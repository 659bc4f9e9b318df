"""Whether a clinic may go back to the version before."""

from schema.errors import RuleViolation


class AlreadySold(RuleViolation):
    code = "ALREADY_SOLD"


def check_nothing_sold(*, courses: int, visits: int) -> None:
    """Raise AlreadySold where something was sold under the version that would be left.

    Whoever bought it was told what it says; going back would leave them on a version that the
    clinic pretends never to have offered.
    """
    if courses or visits:
        raise AlreadySold(
            f"Sold under this version: {courses} course(s) and {visits} single visit(s). Stay on"
            " it, or upgrade to a later one.",
            field="clinicProtocol",
        )
