"""The one way in which every action is done: load and lock, who may, version, rule, apply, record.

Refusals come in the same order everywhere: there is no such thing (404), this caller may not (403),
it is not what the caller saw (412), its state or what was given does not allow it (409, 422).
Nothing is written unless all of it is: row, history, events and the stored answer are of one
transaction.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import CLOCK, Action, ActionTable, Actor, Attempt, Change, F, P, S
from triskel.chassis.auth import Caller
from triskel.chassis.jobs import DueRows
from triskel.chassis.outbox import Outbox
from triskel.chassis.parts import rows_of, write_parts
from triskel.chassis.shapes import Shape
from triskel.chassis.tables import TableBase
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import Event
from triskel.contracts.codes import Role, Side
from triskel.contracts.refusals import NotFound

_HELD = "held"
"""What a transaction has locked or made is as it is: nobody else changes it."""


@dataclass(frozen=True)
class Context:
    """Who asks, when, and in which transaction. `settings` are the service's own."""

    caller: Caller
    session: AsyncSession
    outbox: Outbox
    now: datetime
    settings: Any = None


@dataclass(frozen=True)
class Step:
    """One line of an aggregate's history: who, by role and side, did what and when. What time
    brings about has no side. `details` are those of its event."""

    action: str
    by: Role
    side: Side | None
    at: datetime
    note: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened(Generic[S]):
    """What was done with an aggregate, and by whom, for those who react to it in the same
    transaction. `before` and `facts`, which were decided on, are null for a new one."""

    session: AsyncSession
    outbox: Outbox
    now: datetime
    before: S | None
    changes: Sequence[Change[S]]
    actor: Actor
    facts: Any = None

    @property
    def after(self) -> S:
        return self.changes[-1].subject


Reaction = Callable[[Sequence[Happened[S]]], Awaitable[None]]
"""What another resource does about changes, in their transaction; called once for all of them."""


@dataclass(frozen=True)
class Permitted(Generic[S, F]):
    """A locked row, and the attempt on it that nothing forbids."""

    row: Any
    attempt: Attempt[S, F]


@dataclass
class Aggregate(Generic[S, F]):
    """One kind of thing that people act on: how it is found, decided on and remembered.

    `name` is the field of its events that holds its state. `facts_of` reads what decisions need
    beside it, set-based: one query or a few for all subjects; `facts_for` is called instead, where
    it depends on the caller, too. `step_of` makes a row of history, where one is kept. `lock` gives
    the locked row, or None, where an action must lock more with it, before its facts are read.
    `facts_after` says what the facts are once a subject has become another.
    """

    name: str
    shape: Shape[S]
    actions: ActionTable[S, F]
    unknown: type[NotFound]
    actor_of: Callable[[Caller, S], Actor]
    facts_of: Callable[[AsyncSession, Sequence[S]], Awaitable[Mapping[UUID, F]]]
    facts_for: Callable[[AsyncSession, Caller, Sequence[S]], Awaitable[Mapping[UUID, F]]] | None = (
        None
    )
    step_of: Callable[[S, Step], TableBase] | None = None
    lock: Callable[[AsyncSession, UUID, Action[S, F, ...]], Awaitable[Any]] | None = None
    facts_after: Callable[[F, S, S], F] = lambda facts, _, __: facts
    reactions: list[Reaction[S]] = field(default_factory=list)
    removals: list[Reaction[S]] = field(default_factory=list)

    def reaction(self, react: Reaction[S]) -> Reaction[S]:
        """Decorator of another resource: call this for whatever is done with these."""
        self.reactions.append(react)
        return react

    def removal(self, react: Reaction[S]) -> Reaction[S]:
        """As `reaction`, when some are removed, such as a person: `before` is what they were."""
        self.removals.append(react)
        return react

    async def removed(self, context: Context, subject: S) -> None:
        """To be called by the command that has removed it, in its transaction."""
        due: DueRows[Any] = DueRows(context.session, context.outbox, (), context.now)
        await self.removed_by_clock(due, [subject], actor=self.actor_of(context.caller, subject))

    async def removed_by_clock(
        self, due: DueRows[Any], subjects: Sequence[S], *, actor: Actor = CLOCK
    ) -> None:
        """The same, where time has removed them."""
        happened = []
        for subject in subjects:
            self._held(due.session).pop(subject.id, None)
            happened.append(Happened(due.session, due.outbox, due.now, subject, (), actor))
        for react in self.removals:
            await react(happened)

    async def find(self, session: AsyncSession, subject_id: UUID, *, lock: bool = False) -> Any:
        """Its row; one that this transaction has locked or made is not asked for again. Raises what
        is said of one that is not there."""
        if (held := self._held(session).get(subject_id)) is not None:
            return held
        if not self.shape.parts:
            row = await session.get(self.shape.row, subject_id, with_for_update=lock)
        else:
            same: Any = self.shape.row.__table__.c.id == subject_id
            row = next(iter(await rows_of(session, self.shape, same, lock=lock)), None)
        return self.hold(session, row, subject_id) if lock else self._there(row, subject_id)

    def hold(self, session: AsyncSession, row: Any, subject_id: UUID) -> Any:
        """The row, which this transaction has locked by a statement of its own. Raises as `find`
        where it is null."""
        self._held(session)[subject_id] = self._there(row, subject_id)
        return row

    def _held(self, session: AsyncSession) -> dict[UUID, Any]:
        held: dict[UUID, Any] = session.info.setdefault((_HELD, self.shape.row), {})
        return held

    async def locked(
        self, session: AsyncSession, subject_id: UUID, action: Action[S, F, ...]
    ) -> Any:
        """Its row, locked as this action needs it. Raises as `find`."""
        if self.lock is None:
            return await self.find(session, subject_id, lock=True)
        return self.hold(session, await self.lock(session, subject_id, action), subject_id)

    def _there(self, row: Any, subject_id: UUID) -> Any:
        if row is None:
            raise self.unknown(value=str(subject_id))
        return row

    async def get(self, session: AsyncSession, subject_id: UUID) -> S:
        """As it is now, without a lock. Raises as `find`."""
        return self.shape.to_domain(await self.find(session, subject_id))

    async def attempt(self, context: Context, subject: S) -> Attempt[S, F]:
        """This caller before this subject: what may be done is asked of the table with it."""
        (attempt,) = await self.attempts(context, [subject])
        return attempt

    async def attempts(self, context: Context, subjects: Sequence[S]) -> list[Attempt[S, F]]:
        """This caller before each of them, set-based."""
        if self.facts_for is None:
            facts = await self.facts_of(context.session, subjects)
        else:
            facts = await self.facts_for(context.session, context.caller, subjects)
        return [
            Attempt(each, self.actor_of(context.caller, each), facts[each.id], context.now)
            for each in subjects
        ]

    async def act(
        self,
        context: Context,
        subject_id: UUID,
        seen: Seen | None,
        action: Action[S, F, P],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Attempt[S, F]:
        """Do one action. Returns the aggregate as it is afterwards, before the same caller. Raises
        the action's refusal."""
        permitted = await self.permit(context, subject_id, seen, action, *args, **kwargs)
        return await self.complete(context, permitted, action, *args, **kwargs)

    async def act_on(
        self,
        context: Context,
        attempt: Attempt[S, F],
        seen: Seen | None,
        action: Action[S, F, P],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Attempt[S, F]:
        """As `act`, of one whose row is held and whose facts have been read."""
        row = await self.find(context.session, attempt.subject.id, lock=True)
        permitted = self._permitted(row, attempt, seen, action, *args, **kwargs)
        return await self.complete(context, permitted, action, *args, **kwargs)

    async def permit(
        self,
        context: Context,
        subject_id: UUID,
        seen: Seen | None,
        action: Action[S, F, ...],
        *args: Any,
        **kwargs: Any,
    ) -> Permitted[S, F]:
        """The first half of `act`, for a command that does something of its own before `complete`:
        load, lock and ask all but the transition. What is given is what the action asks `about`.
        Raises the action's refusal."""
        row = await self.locked(context.session, subject_id, action)
        attempt = await self.attempt(context, self.shape.to_domain(row))
        return self._permitted(row, attempt, seen, action, *args, **kwargs)

    @staticmethod
    def _permitted(
        row: Any,
        attempt: Attempt[S, F],
        seen: Seen | None,
        action: Action[S, F, ...],
        *args: Any,
        **kwargs: Any,
    ) -> Permitted[S, F]:
        action.check_who(attempt)
        if action.about and (refused := action.about(attempt, *args, **kwargs)):
            raise refused
        if action.version_of:
            check_version(seen, action.version_of(attempt, *args, **kwargs))
        elif action.seen:
            check_version(seen, attempt.subject.version)
        action.check_rule(attempt)
        return Permitted(row, attempt)

    async def complete(
        self,
        context: Context,
        permitted: Permitted[S, F],
        action: Action[S, F, P],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Attempt[S, F]:
        """The second half of `act`: the transition, and one write. Raises what `apply` refuses."""
        attempt = permitted.attempt
        changes = action.changes(attempt, *args, **kwargs)
        if not changes:
            return attempt
        done = [(permitted.row, attempt, action, changes)]
        await self._record(context.session, context.outbox, done, context.now)
        after = changes[-1].subject
        facts = self.facts_after(attempt.facts, attempt.subject, after)
        return replace(attempt, subject=after, facts=facts)

    async def add(self, context: Context, action: str, change: Change[S], actor: Actor) -> S:
        """A new one, at version 1, as `change` has it; `action` is its first step in history."""
        await self.add_all(context.session, context.outbox, action, [change], actor, context.now)
        return change.subject

    async def add_all(
        self,
        session: AsyncSession,
        outbox: Outbox,
        action: str,
        changes: Sequence[Change[S]],
        actor: Actor,
        now: datetime,
    ) -> None:
        """New ones, all or none."""
        for change in changes:
            row = self.shape.row(**self.shape.to_columns(change.subject))
            write_parts(session, self.shape, row, change.subject)
            session.add(self.hold(session, row, change.subject.id))
            self._remember(session, change, action, actor, now)
        events = [self._event(change.event, change, actor) for change in changes if change.event]
        await outbox.record(session, *events)
        await self._react([Happened(session, outbox, now, None, [each], actor) for each in changes])

    async def act_by_clock(
        self,
        due: DueRows[Any],
        action: Action[S, F, ...],
        given: Callable[[S], Mapping[str, Any]] = lambda _: {},
        *,
        actor: Actor = CLOCK,
        facts: F | None = None,
    ) -> int:
        """Do what time, or what happened to another aggregate, brings about to locked rows, where
        the action's rule allows it, whoever else may do it; `given` is what its transition takes
        for each of them, `actor` who did the other thing, `facts` those of all where it asks for
        none. Returns how many were changed."""
        subjects = [self.shape.to_domain(row) for row in due.rows]
        known: Mapping[UUID, F] = {}
        if facts is not None:
            known = {each.id: facts for each in subjects}
        elif subjects:
            known = await self.facts_of(due.session, subjects)
        done = []
        for row, subject in zip(due.rows, subjects, strict=True):
            attempt = Attempt(subject, actor, known[subject.id], due.now)
            if action.rule_refusal(attempt) is not None:
                continue
            if changes := action.changes(attempt, **given(subject)):
                done.append((row, attempt, action, changes))
        await self._record(due.session, due.outbox, done, due.now)
        return len(done)

    async def tell(
        self,
        session: AsyncSession,
        outbox: Outbox,
        changed: Sequence[tuple[S, S]],
        now: datetime,
    ) -> None:
        """To be called by a command that has written changes and their events by itself, thousands
        at once: others react to them as to any. `changed`: each as it was and as it is."""
        facts = await self.facts_of(session, [before for before, _ in changed]) if changed else {}
        await self._react(
            [
                Happened(
                    session, outbox, now, before, [Change(after, None)], CLOCK, facts[before.id]
                )
                for before, after in changed
            ]
        )

    async def _record(
        self,
        session: AsyncSession,
        outbox: Outbox,
        done: Collection[tuple[Any, Attempt[S, F], Action[S, F, ...], Sequence[Change[S]]]],
        now: datetime,
    ) -> None:
        events: list[Event] = []
        happened = []
        for row, attempt, action, changes in done:
            for name, value in self.shape.to_columns(changes[-1].subject).items():
                setattr(row, name, value)
            write_parts(session, self.shape, row, changes[-1].subject)
            for change in changes:
                self._remember(session, change, action.name, attempt.actor, now)
                if change.event:
                    events.append(self._event(change.event, change, attempt.actor))
            happened.append(
                Happened(
                    session, outbox, now, attempt.subject, changes, attempt.actor, attempt.facts
                )
            )
        await outbox.record(session, *events)
        await self._react(happened)

    async def _react(self, happened: Sequence[Happened[S]]) -> None:
        if happened:
            for react in self.reactions:
                await react(happened)

    def _remember(
        self, session: AsyncSession, change: Change[S], action: str, actor: Actor, now: datetime
    ) -> None:
        if self.step_of is None:
            return
        mine = change.by is None
        step = Step(
            action=change.action or action,
            by=change.by or actor.role,
            side=actor.side if mine else None,
            at=now,
            note=change.note,
            details=change.details,
            fields=change.fields,
        )
        session.add(self.step_of(change.subject, step))

    def _event(self, kind: type[Event], change: Change[S], actor: Actor) -> Event:
        fields = {self.name: self.shape.to_public(change.subject), **change.details}
        if "by" in kind.model_fields:
            fields.setdefault("by", change.by or actor.role)
        return kind(**fields)
