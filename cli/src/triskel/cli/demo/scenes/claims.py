"""An organisation of a directory is claimed; its official mailbox says yes."""

import re
from datetime import date

from triskel.cli.demo.acts import COORDINATOR
from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene

_MAILBOX = "contact@hydroliennes-ouessant.example"
_DIRECTORY = f"""kind;name;scheme;identifier;country;mailbox
company;Hydroliennes d'Ouessant;siren;900000019;FR;{_MAILBOX}
"""
_TOKEN = re.compile(r"/confirm\?token=([A-Za-z0-9_-]+)")


async def _claimed(player: Player) -> str:
    await player.import_file("registry", "/v1/imports", "triskel-template", _DIRECTORY.encode())
    query = "/v1/organisations?identifier=900000019"
    (listed,) = await player.pages("registry", query, COORDINATOR)
    path = f"/v1/organisations/{listed['id']}"
    body = {"name": "Erwan Kervella", "email": "erwan.kervella@ouessant.example", "role": "company"}
    claim = await player.ask("POST", "registry", f"{path}/claims", "company", json=body)
    mail = await player.mail(_MAILBOX, "/confirm?token=")
    token = _TOKEN.search(mail["text"])
    assert token is not None
    await player.ask(
        "POST", "registry", "/v1/contacts/confirmations", json={"token": token.group(1)}
    )
    now = await player.get("registry", path, COORDINATOR)
    expect((listed["status"], now["status"]) == ("imported", "approved"), "an approved company")
    words = await player.refused(
        "POST", "registry", f"{path}/claims", "company", rule="status-does-not-allow", json=body
    )
    return f"{claim['mailbox']} got the mail and said yes; who comes second: {words}"


CLAIMS = (Scene(date(2025, 9, 11), "a company is claimed by its official mailbox", _claimed),)
