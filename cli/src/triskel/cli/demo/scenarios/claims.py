"""An organisation of a directory is claimed; its official mailbox says yes."""

import re
from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.steps import COORDINATOR

_MAILBOX = "contact@hydroliennes-ouessant.example"
_DIRECTORY = f"""kind;name;scheme;identifier;country;mailbox
company;Hydroliennes d'Ouessant;siren;900000019;FR;{_MAILBOX}
"""
_TOKEN = re.compile(r"/confirm\?token=([A-Za-z0-9_-]+)")


async def _claimed(runner: Runner) -> str:
    await runner.import_file("registry", "/v1/imports", "triskel-template", _DIRECTORY.encode())
    query = "/v1/organisations?identifier=900000019"
    (listed,) = await runner.pages("registry", query, COORDINATOR)
    path = f"/v1/organisations/{listed['id']}"
    body = {"name": "Erwan Kervella", "email": "erwan.kervella@ouessant.example", "role": "company"}
    claim = await runner.ask("POST", "registry", f"{path}/claims", "company", json=body)
    mail = await runner.mail(_MAILBOX, "/confirm?token=")
    token = _TOKEN.search(mail["text"])
    assert token is not None
    await runner.ask(
        "POST", "registry", "/v1/contacts/confirmations", json={"token": token.group(1)}
    )
    now = await runner.get("registry", path, COORDINATOR)
    expect((listed["status"], now["status"]) == ("imported", "approved"), "an approved company")
    words = await runner.refused(
        "POST", "registry", f"{path}/claims", "company", rule="status-does-not-allow", json=body
    )
    return f"{claim['mailbox']} got the mail and said yes; who comes second: {words}"


CLAIMS = (Scenario(date(2025, 9, 11), "a company is claimed by its official mailbox", _claimed),)
