"""Tasks through the API: who sees which, who may move them, and which way."""

from asyncio import gather
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from schema.access import actions as access
from schema.access.rules import GRANTED, Actor, ActorKind, Grant, Permission, Role, ScopeKind
from schema.base import new_id
from schema.context import Work
from schema.tasks.actions import open_task
from schema.tasks.rules import Subject, TaskKind
from tests.actors import NOBODY, actor_with, everywhere, partner_of, person_in
from tests.asking import Acting, Asking
from tests.franchise import Franchise, build
from tests.snapshots import Snapshots

DUE = date(2026, 5, 1)
TASKS = "{ tasks { edges { node { title } } } }"
CHANGE = """mutation ($input: %s!) { %s(input: $input) { __typename
    ... on Task { title state outcome role assignee { name } }
    ... on RuleProblem { code field } ... on NotFoundProblem { code field }
    ... on ConflictProblem { code field } } }"""


@dataclass(frozen=True)
class Office:
    """The franchise, who works in it, and a task for each of them; tasks by their title."""

    franchise: Franchise
    desk: Actor
    nurse: Actor
    londoner: Actor
    ids: dict[str, UUID]

    def id(self, title: str) -> str:
        return str(relay.GlobalID("Task", str(self.ids[title])))


async def employ(work: Work, name: str, role: Role, clinic: str) -> UUID:
    person = await access.create_person(
        work, email=f"{name}@example.org", name=name.title(), password="correct horse battery"
    )
    await access.assign_role(
        work, person=person.id, role=role, scope_kind=ScopeKind.CLINIC, scope=clinic
    )
    return person.id


async def opened(act: Acting) -> Office:
    async with act.work() as work:
        franchise = await build(work)
        desk = await employ(work, "dora", Role.FRONT_DESK, "RALEIGH")
        nurse = await employ(work, "nora", Role.PRACTITIONER, "RALEIGH")
        lord = await employ(work, "lord", Role.FRONT_DESK, "LONDON")
        raleigh, london = franchise.raleigh.id, franchise.london.id
        waiting: list[tuple[str, UUID | None, Role | None, UUID | None]] = [
            ("a desk's", raleigh, Role.FRONT_DESK, None),
            ("b nora's", raleigh, None, nurse),
            ("c anybody's", raleigh, None, None),
            ("d managers'", raleigh, Role.CLINIC_MANAGER, None),
            ("e London's desk's", london, Role.FRONT_DESK, None),
            ("f HQ's", None, None, None),
            ("g leads'", london, Role.HQ_CLINICAL_LEAD, None),
        ]
        rows = [
            open_task(
                work,
                clinic_id=clinic_id,
                kind=TaskKind.ROLLOUT,
                title=title,
                due_on=DUE,
                role=role,
                assignee_id=assignee_id,
            )
            for title, clinic_id, role, assignee_id in waiting
        ]
    return Office(
        franchise=franchise,
        desk=person_in(Role.FRONT_DESK, [raleigh], desk),
        nurse=person_in(Role.PRACTITIONER, [raleigh], nurse),
        londoner=person_in(Role.FRONT_DESK, [london], lord),
        ids={row.title: row.id for row in rows},
    )


@pytest.fixture
async def office(act: Acting, snapshots: Snapshots) -> Office:
    return await snapshots.of("office", lambda: opened(act))


async def initials(ask: Asking, actor: Actor, query: str = TASKS) -> str:
    edges = (await ask.data(actor, query))["tasks"]["edges"]
    return "".join(each["node"]["title"][0] for each in edges)


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    answer: dict[str, Any] = await ask.change(actor, CHANGE % (kind, name), input=fields)
    return answer


@pytest.mark.isolation
async def test_each_caller_sees_what_waits_in_her_clinics(ask: Asking, office: Office) -> None:
    for actor, seen in (
        (office.franchise.hq, "abcdefg"),
        (office.franchise.manager, "abcd"),
        (office.franchise.other_manager, "eg"),
    ):
        assert await initials(ask, actor) == seen


@pytest.mark.scope_only
async def test_a_task_waits_for_a_person_a_role_or_anybody(ask: Asking, office: Office) -> None:
    raleigh, london = office.franchise.raleigh.id, office.franchise.london.id
    manager, desk = Role.CLINIC_MANAGER, Role.FRONT_DESK
    both = Actor(
        ActorKind.PERSON,
        "both",
        new_id(),
        (
            Grant(desk, GRANTED[desk], frozenset({raleigh})),
            Grant(manager, GRANTED[manager], frozenset({london})),
        ),
    )
    for actor, seen in (
        (office.desk, "ac"),
        (office.nurse, "bc"),
        (everywhere(Role.HQ_CLINICAL_LEAD), "cfg"),
        (both, "aceg"),
    ):
        assert await initials(ask, actor) == seen


@pytest.mark.parametrize("title", ["a desk's", "b nora's", "e London's desk's", "f HQ's"])
async def test_node_shows_the_same_tasks_as_the_list(
    ask: Asking, office: Office, title: str
) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Task { title } } }"
    for actor in (office.franchise.hq, office.franchise.manager, office.desk, office.nurse):
        found = (await ask.data(actor, query, id=office.id(title)))["node"]
        assert (found is not None) == (title[0] in await initials(ask, actor))


async def test_filters_by_clinic_and_state(ask: Asking, office: Office) -> None:
    await change(ask, office.desk, "takeTask", id=office.id("a desk's"))
    listed = "{ tasks(filter: {%s}) { edges { node { title } } } }"
    for actor, words, seen in (
        (office.franchise.hq, 'clinic: {code: "london"}', "eg"),
        (office.franchise.manager, 'clinic: {code: "LONDON"}', ""),
        (office.franchise.manager, "state: IN_PROGRESS", "a"),
        (office.franchise.hq, 'clinic: {code: "RALEIGH"}, state: OPEN', "bcd"),
    ):
        assert await initials(ask, actor, listed % words) == seen


async def test_the_first_due_comes_first_page_by_page(ask: Asking, office: Office) -> None:
    async with ask.work() as work:
        for day in (3, 2, 1):
            open_task(
                work,
                clinic_id=office.franchise.raleigh.id,
                kind=TaskKind.GENERAL,
                title=f"{day}",
                due_on=date(2026, 4, day),
            )
    query = """query ($after: String) { tasks(first: 2, after: $after) {
        edges { node { title } } pageInfo { hasNextPage endCursor } } }"""
    seen, after, more = "", None, True
    while more:
        page = (await ask.data(office.franchise.manager, query, after=after))["tasks"]
        seen += "".join(each["node"]["title"][0] for each in page["edges"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == "123abcd"


async def test_a_list_takes_one_statement_per_link(ask: Asking, office: Office) -> None:
    query = "{ tasks { edges { node { title clinic { code } assignee { name } } } } }"
    with ask.statements() as few:
        await ask.data(office.nurse, query)
    with ask.statements() as many:
        data = await ask.data(office.franchise.hq, query)
    assert len(data["tasks"]["edges"]) == 7
    assert len(few) == len(many) == 3


async def test_a_task_is_taken_finished_and_then_closed(ask: Asking, office: Office) -> None:
    task = office.id("c anybody's")
    taken = await change(ask, office.nurse, "takeTask", id=task)
    assert (taken["state"], taken["assignee"]) == ("IN_PROGRESS", {"name": "Nora"})
    done = await change(ask, office.nurse, "finishTask", id=task, outcome=" Adopted. ")
    assert (done["state"], done["outcome"]) == ("DONE", "Adopted.")
    before = await ask.counts()
    for name, fields in (
        ("takeTask", {}),
        ("finishTask", {"outcome": "Again"}),
        ("cancelTask", {"reason": "Late"}),
        ("assignTask", {"role": "FRONT_DESK"}),
    ):
        again = await change(ask, office.nurse, name, id=task, **fields)
        assert again["code"] == "TASK_STATE_NOT_REACHABLE"
    assert await ask.counts() == before


async def test_what_a_colleague_works_on_is_not_taken(ask: Asking, office: Office) -> None:
    task = office.id("c anybody's")
    await change(ask, office.nurse, "takeTask", id=task)
    before = await ask.counts()
    refused = await change(ask, office.franchise.manager, "takeTask", id=task)
    assert (refused["__typename"], refused["code"]) == ("ConflictProblem", "TASK_TAKEN")
    assert await ask.counts() == before
    handed = await change(
        ask, office.franchise.manager, "assignTask", id=task, assignee={"code": "dora@example.org"}
    )
    assert (handed["state"], handed["assignee"]) == ("OPEN", {"name": "Dora"})
    cancelled = await change(ask, office.desk, "cancelTask", id=task, reason="Not needed")
    assert (cancelled["state"], cancelled["outcome"]) == ("CANCELLED", "Not needed")


async def test_of_two_who_take_a_task_at_once_one_has_it(ask: Asking, office: Office) -> None:
    task = office.id("c anybody's")
    answers = await gather(
        *(change(ask, actor, "takeTask", id=task) for actor in (office.desk, office.nurse))
    )
    assert sorted(each["__typename"] for each in answers) == ["ConflictProblem", "Task"]


async def test_a_task_is_created_for_somebody_who_can_do_it(ask: Asking, office: Office) -> None:
    subject = str(relay.GlobalID("Clinic", str(office.franchise.raleigh.id)))
    created = await change(
        ask,
        office.desk,
        "createTask",
        clinic={"code": "RALEIGH"},
        title="Order needles",
        dueOn="2026-06-01",
        subjectId=subject,
        assignee={"code": "nora@example.org"},
    )
    assert (created["title"], created["assignee"]) == ("Order needles", {"name": "Nora"})
    query = "{ tasks { edges { node { title kind dueOn subjectId clinic { code } } } } }"
    node = (await ask.data(office.nurse, query))["tasks"]["edges"][-1]["node"]
    assert node == {
        "title": "Order needles",
        "kind": "GENERAL",
        "dueOn": "2026-06-01",
        "subjectId": subject,
        "clinic": {"code": "RALEIGH"},
    }
    own = await change(ask, office.franchise.hq, "createTask", title="Audit", dueOn="2026-06-01")
    assert own["__typename"] == "Task"


GOOD = {"clinic": {"code": "RALEIGH"}, "title": "Call", "dueOn": "2026-06-01"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": " "}, "TEXT_NOT_ALLOWED", "title"),
        ({"clinic": None}, "NOT_FOUND", "clinic"),
        ({"clinic": {"code": "NOWHERE"}}, "NOT_FOUND", "clinic"),
        ({"assignee": {"code": "nobody@example.org"}}, "NOT_FOUND", "assignee"),
        ({"assignee": {"code": "lord@example.org"}}, "NOT_FOUND", "assignee"),
        ({"subjectId": str(relay.GlobalID("Clinic", "seven"))}, "NOT_FOUND", "subjectId"),
    ],
)
async def test_what_cannot_be_a_task_is_not_written(
    ask: Asking, office: Office, fields: dict[str, Any], code: str, field: str
) -> None:
    before = await ask.counts()
    refused = await change(ask, office.franchise.manager, "createTask", **{**GOOD, **fields})
    assert (refused["code"], refused["field"]) == (code, field)
    assert await ask.counts() == before


async def test_nobody_is_given_a_task_of_another_clinic(ask: Asking, office: Office) -> None:
    before = await ask.counts()
    refused = await change(
        ask,
        office.franchise.hq,
        "assignTask",
        id=office.id("a desk's"),
        assignee={"code": "lord@example.org"},
    )
    assert (refused["code"], refused["field"]) == ("ASSIGNEE_CANNOT_WORK", "assignee")
    assert await ask.counts() == before


@pytest.mark.parametrize(
    ("name", "fields"),
    [("finishTask", {"outcome": ""}), ("cancelTask", {"reason": " "})],
)
async def test_a_task_closes_with_a_word(
    ask: Asking, office: Office, name: str, fields: dict[str, str]
) -> None:
    before = await ask.counts()
    refused = await change(ask, office.desk, name, id=office.id("a desk's"), **fields)
    assert (refused["code"], refused["field"]) == ("TEXT_NOT_ALLOWED", *fields)
    assert await ask.counts() == before


CHANGES: dict[str, dict[str, Any]] = {
    "takeTask": {},
    "assignTask": {"role": "FRONT_DESK"},
    "finishTask": {"outcome": "Done"},
    "cancelTask": {"reason": "Moot"},
}


@pytest.mark.isolation
@pytest.mark.parametrize("name", CHANGES)
async def test_a_foreign_task_is_not_found(ask: Asking, office: Office, name: str) -> None:
    before = await ask.counts()
    for title in ("a desk's", "f HQ's"):
        refused = await change(ask, office.londoner, name, id=office.id(title), **CHANGES[name])
        assert refused["code"] == "NOT_FOUND"
    assert await ask.counts() == before
    theirs = office.id("e London's desk's")
    own = await change(ask, office.londoner, name, id=theirs, **CHANGES[name])
    assert own["__typename"] == "Task"


@pytest.mark.isolation
async def test_a_task_is_not_created_in_a_foreign_clinic(ask: Asking, office: Office) -> None:
    before = await ask.counts()
    refused = await change(ask, office.franchise.other_manager, "createTask", **GOOD)
    assert refused["code"] == "NOT_FOUND"
    assert await ask.counts() == before


@pytest.mark.parametrize("name", ["createTask", *CHANGES])
async def test_who_may_not_work_on_tasks_changes_nothing(
    ask: Asking, office: Office, name: str
) -> None:
    fields = GOOD if name == "createTask" else {"id": office.id("a desk's"), **CHANGES[name]}
    kind = f"{name[0].upper()}{name[1:]}Input"
    before = await ask.counts()
    for actor, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (partner_of(None), "FORBIDDEN"),
        (everywhere(Role.HQ_ANALYST), "FORBIDDEN"),
        (actor_with([office.franchise.raleigh.id], Permission.TASKS_READ), "FORBIDDEN"),
    ):
        answer = await ask(actor, CHANGE % (kind, name), input=fields)
        assert answer.codes == [code]
    assert await ask.counts() == before


async def test_who_may_not_read_tasks_is_refused(ask: Asking, office: Office) -> None:
    for actor, code in ((NOBODY, "UNAUTHENTICATED"), (partner_of(None), "FORBIDDEN")):
        assert (await ask(actor, TASKS)).codes == [code]


async def test_every_move_is_recorded(ask: Asking, office: Office) -> None:
    task = office.id("a desk's")
    await change(ask, office.desk, "takeTask", id=task)
    await change(ask, office.desk, "assignTask", id=task)
    await change(ask, office.desk, "finishTask", id=task, outcome="Done")
    query = """query ($id: ID!) { auditLog(subject: $id) {
        edges { node { name clinicId subjectId } } } }"""
    edges = (await ask.data(office.franchise.manager, query, id=task))["auditLog"]["edges"]
    assert [each["node"]["name"] for each in edges] == [
        "task.finished",
        "task.assigned",
        "task.taken",
        "task.opened",
    ]
    assert {each["node"]["subjectId"] for each in edges} == {task}


async def test_a_domain_opens_a_task_about_its_subject(ask: Asking, office: Office) -> None:
    subject = Subject("Clinic", office.franchise.london.id)
    async with ask.work() as work:
        open_task(
            work,
            clinic_id=office.franchise.london.id,
            kind=TaskKind.SUSPENSION,
            title="Ratify",
            due_on=date(2026, 1, 1),
            subject=subject,
        )
    query = "{ tasks(first: 1) { edges { node { kind subjectId } } } }"
    (edge,) = (await ask.data(office.franchise.hq, query))["tasks"]["edges"]
    identity = str(relay.GlobalID("Clinic", str(subject.id)))
    assert edge["node"] == {"kind": "SUSPENSION", "subjectId": identity}
