"""Who treats in the demo, where, when and as what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.seed import words
from api.seed.content import CERTIFIED
from api.seed.demo.cast import Cast
from api.seed.demo.places import PLACES, week
from schema.access.rules import Permission
from schema.clinics.rules import WeeklyInterval
from schema.context import Work
from schema.practitioners import actions as practitioners
from schema.practitioners.actions import Licence
from schema.practitioners.rules import CertificationKind, CredentialType

WORKDAYS = week("01234", ("9:00", "18:00"))
EVENINGS = week("012345", ("11:00", "20:00"))
SATURDAYS_TOO = week("12345", ("9:00", "17:00"))
JURISDICTION = {each.code: each.jurisdiction for each in PLACES}


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who treats: in the first of `weeks` since long ago, in the others since then."""

    code: str
    name: str
    credentials: Sequence[CredentialType]
    weeks: Mapping[str, Sequence[WeeklyInterval]]
    trained_for: Sequence[str] = ()
    who: str | None = None

    @property
    def certified_for(self) -> Sequence[tuple[CertificationKind, str]]:
        """The device models; and who may treat at all was trained for every protocol."""
        treats = not {A, N, P}.isdisjoint(self.credentials)
        return (
            *((CertificationKind.DEVICE_MODEL, each) for each in self.trained_for),
            *((CertificationKind.PROTOCOL_TEMPLATE, each) for each in CERTIFIED if treats),
        )

    @property
    def home(self) -> str:
        return next(iter(self.weeks))


A, D, N, P, B, R = (
    CredentialType.AESTHETICIAN,
    CredentialType.DERMATOLOGIST,
    CredentialType.NURSE,
    CredentialType.PHYSICIAN,
    CredentialType.PHLEBOTOMIST,
    CredentialType.PRESCRIBER,
)

STAFF = (
    Practitioner("P-WINTERS", "Paula Winters", (N,), {"RALEIGH": WORKDAYS}, ("PEN-DEEP", "MMP-PEN"),
                 "practitioner.raleigh"),
    Practitioner("P-GREEN", "Tess Green", (A,), {"RALEIGH": SATURDAYS_TOO}, ("PEN-LIGHT",)),
    Practitioner("P-COLE", "Jonah Cole", (B,), {"RALEIGH": WORKDAYS}),
    Practitioner(
        "P-OKAFOR", "Dr Ngozi Okafor", (P, D, R),
        {"RALEIGH": week("012", ("9:00", "18:00")), "CHARLOTTE": week("345", ("9:00", "16:00"))},
        ("PEN-DEEP", "LASER"),
    ),
    Practitioner("P-LOWE", "Harriet Lowe", (N,), {"CHARLOTTE": WORKDAYS}, ("PEN-DEEP", "MMP-PEN")),
    Practitioner("P-FISHER", "Ben Fisher", (A,), {"CHARLOTTE": SATURDAYS_TOO}, ("PEN-LIGHT",)),
    Practitioner("P-TATE", "Wanda Tate", (B,), {"CHARLOTTE": WORKDAYS}),
    Practitioner("P-PENA", "Marisol Peña", (N,), {"MIAMI": EVENINGS}, ("PEN-DEEP", "MMP-PEN"),
                 "practitioner.miami"),
    Practitioner("P-CRUZ", "Dr Rafael Cruz", (P, R), {"MIAMI": EVENINGS}, ("PEN-DEEP", "LASER")),
    Practitioner("P-DIAZ", "Lola Diaz", (B,), {"MIAMI": EVENINGS}),
    Practitioner("P-STONE", "Gail Stone", (N,), {"TAMPA": WORKDAYS}, ("PEN-LIGHT", "MMP-PEN")),
    Practitioner("P-REED", "Oscar Reed", (B, N), {"TAMPA": WORKDAYS}),
    Practitioner("P-HALL", "Dr Edna Hall", (P, R), {"BIRMINGHAM": WORKDAYS}, ("PEN-DEEP",)),
    Practitioner("P-YOUNG", "Kit Young", (N,), {"BIRMINGHAM": SATURDAYS_TOO}, ("MMP-PEN",)),
    Practitioner("P-WARD", "Sam Ward", (B,), {"BIRMINGHAM": WORKDAYS}),
    Practitioner("P-SHAH", "Priya Shah", (N, R), {"LONDON": WORKDAYS}, ("PEN-DEEP", "MMP-PEN"),
                 "practitioner.london"),
    Practitioner("P-MOORE", "Ivy Moore", (A,), {"LONDON": SATURDAYS_TOO}, ("PEN-LIGHT",)),
    Practitioner("P-BELL", "Dr Hugo Bell", (P,), {"LONDON": WORKDAYS}, ("PEN-DEEP",)),
    Practitioner("P-QUINN", "Nora Quinn", (B,), {"LONDON": WORKDAYS}),
    Practitioner("P-RAMOS", "Luz Ramos", (A,), {"PHOENIX": WORKDAYS}, ("PEN-LIGHT",)),
)  # fmt: skip

AWAY = (("P-WINTERS", 12, "Conference"), ("P-BELL", 16, "Leave"), ("P-CRUZ", 20, "Leave"))


async def engage_staff(cast: Cast) -> None:
    """The practitioners, their licences, training and weeks; some are away soon."""
    work = cast.acting("administrator", Permission.PRACTITIONERS_MANAGE)
    for each in STAFF:
        await _engage(work, each)
    for code, days, reason in AWAY:
        starts_at = work.now + timedelta(days=days)
        await practitioners.add_time_off(
            work,
            practitioner=code,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=3),
            reason=reason,
        )


async def _engage(work: Work, who: Practitioner) -> None:
    today = work.now.date()
    law = JURISDICTION[who.home]
    await practitioners.register_practitioner(
        work,
        clinic=who.home,
        code=who.code,
        name=who.name,
        from_on=today - timedelta(days=2 * 365),
        person=words.email(who.who) if who.who else None,
        licences=[
            Licence(each, law, f"{law}-{each[:3]}-{who.code[2:]}", today + timedelta(days=500))
            for each in who.credentials
        ],
    )
    for kind, code in who.certified_for:
        await practitioners.add_certification(
            work,
            practitioner=who.code,
            kind=kind,
            code=code,
            expires_on=today + timedelta(days=700),
        )
    for clinic, hours in who.weeks.items():
        if clinic != who.home:
            await practitioners.assign_practitioner(
                work, practitioner=who.code, clinic=clinic, from_on=today - timedelta(days=365)
            )
        await practitioners.set_working_hours(
            work, clinic=clinic, practitioner=who.code, week=hours
        )
