"""Which way a task may go, and who sees it."""

from itertools import product
from uuid import UUID

import pytest

from schema.access.rules import GRANTED, Actor, ActorKind, Grant, Permission, Role
from schema.base import new_id
from schema.scope import EVERYWHERE, NOWHERE, Scope
from schema.tasks.rules import (
    AssigneeCannotWork,
    TaskState,
    TaskStateNotReachable,
    TaskTaken,
    TextNotAllowed,
    check_assignee,
    check_take,
    check_text,
    check_transition,
    sight,
)
from tests.actors import everywhere, person_in

RALEIGH, LONDON = new_id(), new_id()
LEGAL = {
    *product([TaskState.OPEN], TaskState),
    (TaskState.IN_PROGRESS, TaskState.OPEN),
    (TaskState.IN_PROGRESS, TaskState.DONE),
    (TaskState.IN_PROGRESS, TaskState.CANCELLED),
}


@pytest.mark.parametrize(("current", "wanted"), list(product(TaskState, TaskState)))
def test_a_closed_task_stays_closed(current: TaskState, wanted: TaskState) -> None:
    if (current, wanted) in LEGAL:
        check_transition(current, wanted)
    else:
        with pytest.raises(TaskStateNotReachable):
            check_transition(current, wanted)


def test_nobody_takes_what_is_somebody_elses() -> None:
    me, other = new_id(), new_id()
    check_take(None, me)
    check_take(me, me)
    with pytest.raises(TaskTaken):
        check_take(other, me)


def test_assignee_works_in_the_tasks_clinic() -> None:
    check_assignee(EVERYWHERE, None)
    check_assignee(EVERYWHERE, RALEIGH)
    check_assignee(Scope(frozenset({RALEIGH})), RALEIGH)
    for works_in, clinic_id in (
        (NOWHERE, RALEIGH),
        (Scope(frozenset({RALEIGH})), LONDON),
        (Scope(frozenset({RALEIGH})), None),
    ):
        with pytest.raises(AssigneeCannotWork):
            check_assignee(works_in, clinic_id)


@pytest.mark.parametrize("text", ["", " ", "x" * 501])
def test_texts_say_something(text: str) -> None:
    assert check_text(" Call back. ", "title") == "Call back."
    with pytest.raises(TextNotAllowed):
        check_text(text, "title")


@pytest.mark.parametrize("role", list(Role))
def test_managers_and_headquarters_oversee(role: Role) -> None:
    overseer = role in (Role.CLINIC_MANAGER, Role.HQ_ADMINISTRATOR)
    seen = sight(person_in(role, [RALEIGH]), Permission.TASKS_READ)
    assert (RALEIGH in seen.oversees) is overseer
    assert (RALEIGH in seen.roles[role]) is (Permission.TASKS_READ in GRANTED[role])
    assert LONDON not in seen.scope
    assert sight(everywhere(role), Permission.TASKS_READ).oversees == (
        EVERYWHERE if overseer else NOWHERE
    )


def test_a_role_counts_in_its_own_clinic_only() -> None:
    def grant(role: Role, clinic_id: UUID) -> Grant:
        return Grant(role, GRANTED[role], frozenset({clinic_id}))

    actor = Actor(
        ActorKind.PERSON,
        "both",
        new_id(),
        (grant(Role.CLINIC_MANAGER, RALEIGH), grant(Role.FRONT_DESK, LONDON)),
    )
    seen = sight(actor, Permission.TASKS_READ)
    assert seen.scope == Scope(frozenset({RALEIGH, LONDON}))
    assert seen.oversees == Scope(frozenset({RALEIGH}))
    assert seen.roles == {
        Role.CLINIC_MANAGER: Scope(frozenset({RALEIGH})),
        Role.FRONT_DESK: Scope(frozenset({LONDON})),
    }
