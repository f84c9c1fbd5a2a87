"""`triskel service-accounts`: platforms that call with credentials of their own."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from triskel.chassis.client import TokenIssuer
from triskel.cli.connection import Connection
from triskel.cli.console import EPILOG, Exit, out, show_json, stop
from triskel.cli.ops import Json

service_accounts = typer.Typer(
    help="Service accounts: platforms that call with credentials of their own. They are the "
    "embedded issuer's; another issuer keeps its own.\n\nExample: triskel service-accounts list",
    epilog=EPILOG,
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="The account's name, its client_id.")]
_MOMENTS = ("created_at", "rotated_at", "last_used_at", "revoked_at")


def _issuer(connection: Connection) -> TokenIssuer:
    if connection.issuer is None:
        stop(
            "the embedded issuer is not in use: make, rotate and revoke accounts at your own, "
            "see docs/how-to/keycloak.md",
            Exit.CONFIG,
        )
    return connection.issuer


def _ask(method: str, path: str = "", **options: Any) -> Any:
    connection = Connection.find()
    return connection.ask_issuer(_issuer(connection), method, f"/service-accounts{path}", **options)


def _with_moments(account: dict[str, Any]) -> dict[str, Any]:
    """Moments as people and programs read them; the issuer gives seconds since 1970."""
    moments = {
        name: account[name] and datetime.fromtimestamp(account[name], UTC).isoformat()
        for name in _MOMENTS
    }
    return account | moments


def _show_secret(account: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(_with_moments(account))
        return
    out.print(f"client_id      {account['client_id']}", markup=False)
    out.print(f"client_secret  {account['client_secret']}", markup=False, soft_wrap=True)
    out.print("this is the only time that the secret is shown")


@service_accounts.command("list", epilog=EPILOG)
def list_(as_json: Json = False) -> None:
    """Which accounts there are, what they reach, and when each was last used.

    Example: triskel service-accounts list --json
    """
    accounts = [_with_moments(each) for each in _ask("GET")["items"]]
    if as_json:
        show_json(accounts)
        return
    if not accounts:
        out.print("no service accounts")
        return
    table = Table("client_id", "region", "roles", "scopes", "last used", "state")
    for each in accounts:
        table.add_row(
            *(each["client_id"], each["region"], " ".join(each["roles"])),
            *(" ".join(each["scopes"]), (each["last_used_at"] or "never")[:19]),
            f"revoked {each['revoked_at'][:19]}" if each["revoked_at"] else "active",
        )
    out.print(table)


@service_accounts.command(epilog=EPILOG)
def create(
    client_id: Name,
    scope: Annotated[
        list[str],
        typer.Option(help="What it reaches: registry:read, activities:write, contacts:read; again"),
    ],
    role: Annotated[list[str], typer.Option(help="In which role it calls; again for more.")],
    region: Annotated[str | None, typer.Option(help="Its region, if not the stack's.")] = None,
    as_json: Json = False,
) -> None:
    """Make an account. Its secret is shown this once.

    Example: triskel service-accounts create region-platform --role coordinator
    --scope registry:read
    """
    issuer = _issuer(Connection.find())
    body = {"client_id": client_id, "region": region or issuer.region}
    _show_secret(_ask("POST", json=body | {"roles": role, "scopes": scope}), as_json)


@service_accounts.command(epilog=EPILOG)
def rotate(client_id: Name, as_json: Json = False) -> None:
    """Give an account a new secret, shown this once; the old one works no more.

    Example: triskel service-accounts rotate region-platform
    """
    _show_secret(_ask("POST", f"/{client_id}/rotate"), as_json)


@service_accounts.command(epilog=EPILOG)
def revoke(
    client_id: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """End an account. Tokens that it has still count until their end, five minutes at most.

    Example: triskel service-accounts revoke region-platform --yes
    """
    if not yes:
        typer.confirm(f"End the service account {client_id}?", abort=True)
    account = _with_moments(_ask("POST", f"/{client_id}/revoke"))
    if as_json:
        show_json(account)
    else:
        out.print(f"{client_id} is revoked", markup=False)
