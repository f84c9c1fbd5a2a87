"""Actions over HTTP: the route of an action is derived from its row of the table."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, get_args, get_type_hints
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from triskel.chassis.actions import Action, Attempt, F, P, S
from triskel.chassis.auth import caller_of
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.http.preconditions import IfMatchWhereKnown, set_etag
from triskel.chassis.versions import Seen
from triskel.contracts.refusals import Refusal


async def _context(request: Request) -> Context:
    state = request.app.state
    return Context(
        await caller_of(request),
        request.state.session,
        state.outbox,
        state.clock.now(),
        state.settings,
    )


Asked = Annotated[Context, Depends(_context)]
"""Who asks, when, in which transaction; the route declares beside it who may (`allow`)."""


class Target(Generic[S, F]):
    """The aggregate of a route's path, for the one who calls."""

    def __init__(
        self,
        aggregate: Aggregate[S, F],
        subject_id: UUID,
        seen: Seen | None,
        context: Context,
        response: Response,
    ) -> None:
        self.aggregate = aggregate
        self.id = subject_id
        self.seen = seen
        self.context = context
        self.response = response

    async def act(
        self, action: Action[S, F, P], *args: P.args, **kwargs: P.kwargs
    ) -> Attempt[S, F]:
        """Do it; the answer has the new version as its ETag."""
        after = await self.aggregate.act(self.context, self.id, self.seen, action, *args, **kwargs)
        set_etag(self.response, after.subject.version)
        return after


def target_of(
    aggregate: Aggregate[S, F],
    name: str,
    access: Any,
    kind: Callable[..., Target[S, F]] = Target,
) -> Any:
    """The dependency of a route on `/{<name>_id}/…` that acts on an aggregate; `access` declares
    who may call it (`allow(…)`), `kind` is a target that knows more:

        Partnership = Annotated[Target[Partnership, Facts], target_of(PARTNERSHIPS, "partnership",
            allow(Role.HEAD))]
    """

    async def target(
        subject_id: Annotated[UUID, Path(alias=f"{name}_id")],
        seen: IfMatchWhereKnown,
        context: Asked,
        response: Response,
        caller: Any = access,
    ) -> Target[S, F]:
        return kind(aggregate, subject_id, seen, context, response)

    return Depends(target)


def refusals_of(action: Action[Any, Any, ...], part: str = "") -> list[type[Refusal]]:
    """The rules that its guards name in their return types, in their order; with `part` those of
    `who` or of `guards` alone."""
    guards = getattr(action, part) if part else (*action.who, *action.guards)
    hints = [get_type_hints(guard).get("return") for guard in guards]
    kinds = [kind for hint in hints for kind in get_args(hint) or (hint,)]
    rules = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Refusal)]
    return list(dict.fromkeys(rule for rule in rules if rule.en))


def described(action: Action[Any, Any, ...]) -> dict[str, Any]:
    """What OpenAPI says of an action: `router.post("/…/decline", **described(DECLINE))`."""
    codes = ", ".join(f"`{rule.code()}`" for rule in refusals_of(action))
    states = ", ".join(f"`{state}`" for state in sorted(action.sources)) or "any state"
    events = ", ".join(f"`{event.name_and_version()[0]}`" for event in action.events)
    said = f" Says {events}." if events else ""
    refused = f" Refused with {codes}." if codes else ""
    settings = ", ".join(f"`{path}`" for path in action.settings)
    limited = f" Limits are the region's settings {settings}." if settings else ""
    return {"summary": action.summary, "description": f"From {states}.{said}{refused}{limited}"}
