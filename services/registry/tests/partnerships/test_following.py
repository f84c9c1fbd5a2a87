"""What hangs on an organisation follows it, once, in the same transaction."""

from typing import Any
from uuid import UUID

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.imports.commands.closing import close


async def decide(platform: Any, organisation_id: str, action: str) -> None:
    path = f"/v1/organisations/{organisation_id}"
    coordinator = platform.who(Role.COORDINATOR)
    seen = (await platform.client.get(path, headers=coordinator)).headers["ETag"]
    done = await platform.client.post(
        f"{path}/{action}", json={"reason": "Arrêt"}, headers=coordinator | {"If-Match": seen}
    )
    assert done.status_code == 200, done.text


async def shown(platform: Any, known: Any) -> Any:
    path = f"/v1/partnerships/{known.json()['id']}"
    return await platform.client.get(path, headers=platform.who(Role.COORDINATOR))


async def states(platform: Any, *all_known: Any) -> list[tuple[str, str | None]]:
    found = [(await shown(platform, known)).json() for known in all_known]
    return [(each["state"], each["cause"]) for each in found]


async def begun(platform: Any, school: str, company: str, until: str) -> Any:
    """A partnership that is proposed, accepted or active."""
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    if until == "proposed":
        return known
    known = await platform.act(platform.who(Role.COMPANY, company), known, "accept")
    if until == "accepted":
        return known
    known = await platform.act(platform.who(Role.COORDINATOR), known, "draft-agreement")
    known = await platform.sign(known, school, company)
    await platform.plan(school, company, known)
    return await platform.act(platform.who(Role.COORDINATOR), known, "activate")


async def waiting(platform: Any) -> dict[str, tuple[str, str | None]]:
    answer = await platform.client.get("/v1/waiting-list", headers=platform.who(Role.COORDINATOR))
    return {e["organisation_id"]: (e["state"], e["cause"]) for e in answer.json()["items"]}


async def test_with_an_organisation_that_leaves_its_partnerships_end_and_nobody_waits_for_it(
    platform: Any,
) -> None:
    company, schools = await platform.company(), [await platform.school() for _ in range(3)]
    await platform.wait(company, partners=5)
    await platform.wait(schools[1])
    all_known = [
        await begun(platform, school, company, until)
        for school, until in zip(schools, ("proposed", "accepted", "active"), strict=True)
    ]
    before = len(await platform.said())
    await decide(platform, company, "withdraw")
    cause = "organisation-withdrawn"
    wanted = [("withdrawn", cause), ("withdrawn", cause), ("ended", cause)]
    assert await states(platform, *all_known) == wanted
    found = (await outbox_events(platform.app.state.database))[before:]
    assert sorted(event.name_and_version()[0] for event in found) == [
        "organisation-withdrawn",
        "partnership-ended",
        "partnership-left",
        "partnership-withdrawn",
        "waiting-entry-reopened",
        "waiting-entry-withdrawn",
    ]
    ended = (await shown(platform, all_known[2])).json()
    assert ended["reason"] == "company-reorganised"
    # the school that was accepted waits again; who has left does not
    assert await waiting(platform) == {
        company: ("withdrawn", cause),
        schools[1]: ("open", None),
    }


async def test_a_partnership_is_paused_while_a_side_is_suspended_and_goes_on_afterwards(
    platform: Any,
) -> None:
    company, school, other = (
        await platform.company(),
        await platform.school(),
        await platform.school(),
    )
    await platform.wait(company)
    active = await begun(platform, school, company, "active")
    paused = await begun(platform, other, company, "active")
    reason = {"reason": "contact-left"}
    await platform.act(platform.who(Role.COORDINATOR), paused, "suspend", reason)
    await decide(platform, company, "suspend")
    cause = "organisation-suspended"
    assert await states(platform, active, paused) == [("suspended", cause), ("suspended", None)]
    await decide(platform, school, "suspend")
    await decide(platform, company, "reinstate")
    assert await states(platform, active) == [("suspended", cause)]
    await decide(platform, school, "reinstate")
    assert await states(platform, active, paused) == [("active", None), ("suspended", None)]
    names = await platform.said()
    assert (names.count("partnership-suspended"), names.count("partnership-resumed")) == (2, 1)


async def test_with_a_school_that_a_row_of_its_register_calls_closed_its_partnerships_end(
    platform: Any, imported: Any
) -> None:
    head = (
        "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;"
        "Code_commune;Code_departement;etat\n"
    )
    row = "0350500D;Collège de l'Iroise;Collège;Public;35238;035;"
    report = await imported(f"{head}{row}OUVERT\n".encode())
    assert report["created"] == 1, report
    found = await platform.client.get(
        "/v1/organisations?identifier=0350500D", headers=platform.who(Role.COORDINATOR)
    )
    school, company = found.json()["items"][0]["id"], await platform.company()
    await decide(platform, school, "claim")
    await platform.wait(school)
    known = await begun(platform, school, company, "proposed")
    assert (await imported(f"{head}{row}FERME\n".encode()))["changed"] == 1
    cause = "organisation-closed"
    assert await states(platform, known) == [("withdrawn", cause)]
    assert await waiting(platform) == {school: ("withdrawn", cause)}
    names = await platform.said()
    assert (names.count("organisation-closed"), names.count("partnership-withdrawn")) == (1, 1)


async def test_with_a_school_that_its_register_closes_its_partnerships_end(platform: Any) -> None:
    company, school = await platform.company(), await platform.school()
    await platform.wait(school, partners=2)
    known = await begun(platform, school, company, "active")
    state = platform.app.state
    async with state.database.transaction() as session:
        await close(session, state.outbox, [UUID(school)], platform.clock.now())
    cause = "organisation-closed"
    assert await states(platform, known) == [("ended", cause)]
    assert await waiting(platform) == {school: ("withdrawn", cause)}
    assert (await shown(platform, known)).json()["reason"] == "school-reorganised"
