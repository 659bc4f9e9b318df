"""The demo's clients: what each bought, what was done so far, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schema.clients.rules import Identity
from schema.protocols.rules import CourseSeverity, Variant
from schema.scheduling.rules import Wish

STANDARD = Variant()


@dataclass(frozen=True, slots=True)
class Sale:
    """A course sold so many days ago, the days ago of its sessions, and by whom they were done."""

    template: str
    days_ago: int
    areas: tuple[str, ...] = ("FACE",)
    add_ons: tuple[str, ...] = ()
    variant: Variant = STANDARD
    package: str | None = None
    sessions: Sequence[int] = ()
    by: str | None = None

    @property
    def wish(self) -> Wish:
        return Wish(self.template, self.areas, self.variant, self.add_ons)


@dataclass(frozen=True, slots=True)
class Coming:
    """The visit booked at the first free start so many days ahead: of the course, or by a wish."""

    days: int
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who never lived."""

    clinic: str
    given_name: str
    family_name: str
    born_on: date
    course: Sale | None = None
    coming: Coming | None = None

    @property
    def identity(self) -> Identity:
        return Identity(
            given_name=self.given_name,
            family_name=self.family_name,
            email=f"{self.given_name}.{self.family_name}@example.com",
            born_on=self.born_on,
        )


CONSULTATION = Wish("CONSULT")
SEVERE = Variant("STRETCH_MARKS", CourseSeverity.SEVERE)
CLIENTS = (
    Client(
        "RALEIGH", "Nadia", "Hale", date(1984, 3, 9),
        Sale("MN-MEDICAL", 125, ("FACE", "NECK"), ("PRP",), package="MN-MEDICAL-3",
             sessions=(124, 75, 20), by="P-WINTERS"),
    ),
    Client(
        "RALEIGH", "Tobias", "Lund", date(1991, 11, 2),
        Sale("MN-FIRST", 62, sessions=(60,), by="P-GREEN"),
        Coming(3),
    ),
    Client(
        "RALEIGH", "Amara", "Osei", date(1979, 6, 30),
        Sale("MN-MEDICAL", 8, ("FACE",), ("MMP",)),
        Coming(9),
    ),
    Client("RALEIGH", "Joy", "Hart", date(1998, 1, 17), None, Coming(1, CONSULTATION)),
    Client("CHARLOTTE", "Amara", "Osei", date(1979, 6, 30), None, Coming(2, CONSULTATION)),
    Client("CHARLOTTE", "Felix", "Grant", date(1988, 8, 8), Sale("MN-FIRST", 5), Coming(14)),
    Client(
        "MIAMI", "Carla", "Mendes", date(1986, 4, 25),
        Sale("MN-MEDICAL", 52, ("FACE", "DECOLLETAGE"), ("MMP",), sessions=(50,), by="P-PENA"),
        Coming(4),
    ),
    Client("MIAMI", "Oliver", "Stern", date(1972, 12, 12), None, Coming(7, CONSULTATION)),
    Client("TAMPA", "Pearl", "Nash", date(1969, 2, 3),
           Sale("MN-MEDICAL", 45, package="MN-MEDICAL-3")),
    Client("BIRMINGHAM", "Grace", "Tolbert", date(1990, 5, 21), Sale("MN-CLASSIC", 30), Coming(6)),
    Client(
        "LONDON", "George", "Pryce", date(1981, 7, 14),
        Sale("MN-MONTHLY", 76, sessions=(75, 40), by="P-SHAH"),
        Coming(5),
    ),
    Client(
        "LONDON", "Freya", "Lindqvist", date(1995, 10, 1),
        Sale("MN-CLINICAL", 12, ("HANDS",), variant=SEVERE, package="MN-CLINICAL-6"),
        Coming(11),
    ),
    Client("LONDON", "Asha", "Banerjee", date(1993, 9, 19), None,
           Coming(8, Wish("MN-MEDICAL", ("FACE",), add_ons=("PRP",)))),
)  # fmt: skip
