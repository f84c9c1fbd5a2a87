"""An organisation of a directory is claimed; its official mailbox says yes."""

from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import ORGANISATIONS, confirm, look
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.steps import COORDINATOR

_MAILBOX = "contact@hydroliennes-ouessant.example"
_DIRECTORY = f"""kind;name;scheme;identifier;country;mailbox
company;Hydroliennes d'Ouessant;siren;900000019;FR;{_MAILBOX}
"""


async def _claimed(runner: Runner) -> str:
    await runner.import_file("registry", "/v1/imports", "triskel-template", _DIRECTORY.encode())
    query = "/v1/organisations?identifier=900000019"
    (listed,) = await runner.pages("registry", query, COORDINATOR)
    path = f"/v1/organisations/{listed['id']}"
    body = {"name": "Erwan Kervella", "email": "erwan.kervella@ouessant.example", "role": "company"}
    claim = await runner.ask("POST", "registry", f"{path}/claims", "company", json=body)
    await confirm(runner, await runner.mail(_MAILBOX, "/confirm?token="))
    now = await look(runner, ORGANISATIONS, listed["id"])
    expect((listed["status"], now["status"]) == ("imported", "approved"), "an approved company")
    me = await runner.get("registry", "/v1/me", "company")
    (own,) = me["memberships"]
    expect(own["organisation_id"] == listed["id"], "who claimed is a member")
    words = await runner.refused(
        *("POST", "registry", f"{path}/claims", "company"),
        rule="organisation-already-yours",
        json=body,
    )
    return f"{claim['mailbox']} got the mail and said yes; who claims again is told: {words}"


CLAIMS = (Scenario(date(2025, 9, 11), "a company is claimed by its official mailbox", _claimed),)
