"""Courses that a network's clinics sold in the past months, as far as they got."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from api.seed.network.copying import Sheets
from api.seed.network.guests import Guests
from api.seed.network.ids import code
from api.seed.network.offers import Offered
from api.seed.network.places import Clinic
from schema.base import Row
from schema.clients.models import ClientRow
from schema.courses.models import CourseRow, CourseSessionRow
from schema.courses.rules import (
    USUAL_VALIDITY_DAYS,
    CourseState,
    SessionState,
    Window,
    next_windows,
    plan_sessions,
)
from schema.courses.store import PRICE_LINES
from schema.pricing.rules import Quote, QuoteRequest, quote
from schema.protocols.rules import Variant, session_count_for, spacing_for

MODELS: tuple[type[Row], ...] = (ClientRow, CourseRow, CourseSessionRow)
TREATMENTS = ("MN-MEDICAL", "MN-MEDICAL", "MN-FIRST", "MN-CLINICAL", "MN-MONTHLY")
LONGEST_AGO_DAYS = 300
STANDARD = Variant()
AREAS = (("FACE",), ("FACE",), ("FACE", "NECK"), ("NECK",), ("HANDS",))


class Sales:
    """Sells course after course, each to a client of its own."""

    def __init__(self, sheets: Sheets, guests: Guests, random: Random, today: date) -> None:
        self.sheets, self.guests, self.random, self.today = sheets, guests, random, today

    def sell(self, clinic: Clinic) -> None:
        """One course on the clinic's terms, half of them as a package, with the sessions done."""
        client_id, _ = self.guests.register(clinic.id)
        offered = clinic.offered[self.random.choice(TREATMENTS)]
        sold_on = self.today - timedelta(days=self.random.randint(1, LONGEST_AGO_DAYS))
        quoted, areas, add_ons = self._quote(offered, sold_on)
        interval = spacing_for(offered.template.content, STANDARD)
        assert interval is not None, "treatments are courses"
        expires_on = sold_on + timedelta(days=_validity(offered, quoted))
        done = self._done(sold_on, quoted.sessions, interval.preferred_days)
        planned = plan_sessions(sold_on, quoted.sessions, interval, expires_on)
        left = quoted.sessions - len(done)
        windows = planned[: len(done)] + (
            next_windows(done[-1], left, interval, expires_on) if done else planned
        )
        course_id = self.sheets.add(
            CourseRow,
            clinic_id=clinic.id,
            code=code(self.random, "K"),
            client_id=client_id,
            clinic_protocol_id=offered.id,
            version_id=offered.template.version_id,
            package_id=quoted.package_id,
            areas=areas,
            add_on_keys=add_ons,
            min_days=interval.min_days,
            preferred_days=interval.preferred_days,
            max_days=interval.max_days,
            price_lines=PRICE_LINES.dump_python(quoted.lines, mode="json"),
            total_minor=quoted.total.amount_minor,
            currency=quoted.total.currency,
            sessions_planned=quoted.sessions,
            sold_on=sold_on,
            owner_id=clinic.owner_id,
            expires_on=expires_on,
            state=CourseState.ACTIVE if left else CourseState.COMPLETED,
        )
        self._sessions(clinic, course_id, windows, done)

    def _quote(self, offered: Offered, sold_on: date) -> tuple[Quote, list[str], list[str]]:
        packages = [each for each in offered.terms.packages if each.severity == STANDARD.severity]
        rule = session_count_for(offered.template.content, STANDARD.severity)
        areas = self.random.choice(AREAS)
        add_ons = tuple(sorted(offered.terms.offered_add_ons))[: self.random.randint(0, 1)]
        request = QuoteRequest(
            day=sold_on,
            areas=areas,
            variant=STANDARD,
            add_ons=add_ons,
            sessions=rule.default if rule else 1,
            package=packages[0].id if packages and self.random.random() < 0.5 else None,
        )
        return quote(offered.terms, request), list(areas), list(add_ons)

    def _done(self, sold_on: date, sessions: int, preferred_days: int) -> list[date]:
        """The days of the sessions so far: some clients stopped coming."""
        days: list[date] = []
        day = sold_on + timedelta(days=self.random.randint(0, 6))
        while day < self.today and len(days) < sessions and self.random.random() < 0.9:
            days.append(day)
            day += timedelta(days=preferred_days + self.random.randint(0, 5))
        return days

    def _sessions(
        self, clinic: Clinic, course_id: UUID, windows: list[Window], done: list[date]
    ) -> None:
        for number, window in enumerate(windows, 1):
            done_on = done[number - 1] if number <= len(done) else None
            treated_by, _ = self.random.choice(clinic.practitioners)
            self.sheets.add(
                CourseSessionRow,
                clinic_id=clinic.id,
                course_id=course_id,
                number=number,
                earliest_on=window.earliest_on,
                preferred_on=window.preferred_on,
                latest_on=window.latest_on,
                state=SessionState.DONE if done_on else SessionState.PLANNED,
                done_on=done_on,
                practitioner_id=treated_by if done_on else None,
                depth_mm=Decimal("0.5") if done_on else None,
            )


def _validity(offered: Offered, quoted: Quote) -> int:
    bought = [each for each in offered.terms.packages if each.id == quoted.package_id]
    return bought[0].validity_days if bought else USUAL_VALIDITY_DAYS
