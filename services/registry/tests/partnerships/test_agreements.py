"""The document that is signed: what it says, who reads it, and whose signature it has."""

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.partnerships.gateways import AgreementText, Party, write

TEXT = AgreementText(
    partnership_id=UUID(int=1),
    number=1,
    region="FRH0",
    school=Party("Lycée Œuvre <b>", ("35000 Rennes",)),
    company=Party("Itsaso & Ñandú", ()),
    school_year="2025-2026",
    starts_on=date(2025, 9, 15),
    ends_on=date(2026, 7, 3),
    goals=("Plus de filles",),
    articles=(),
    made_at=datetime(2025, 9, 12, 10, tzinfo=UTC),
    made_on=date(2025, 9, 12),
)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_same_agreement_is_the_same_bytes_and_another_one_is_not(language: str) -> None:
    document = write(TEXT, language)
    assert document == write(TEXT, language)
    assert document.digest == sha256(document.pdf).hexdigest()
    assert document.pdf.startswith(b"%PDF-")
    assert document.digest in document.page
    assert "Itsaso &amp; Ñandú" in document.page
    assert "Lycée Œuvre &lt;b&gt;" in document.page
    other = write(replace(TEXT, ends_on=date(2026, 7, 2)), language)
    assert other.digest != document.digest


def test_the_articles_of_a_region_stand_instead_of_the_templates() -> None:
    ours = write(TEXT, "fr").page
    theirs = write(replace(TEXT, articles=(("Assurance", "Une ligne.\nUne autre."),)), "fr").page
    assert "Engagements" in ours and "Engagements" not in theirs
    assert "<h2>Assurance</h2>\n<p>Une ligne.</p>\n<p>Une autre.</p>" in theirs


async def drafted(platform: Any, **body: Any) -> tuple[str, str, Any]:
    school, company = await platform.school(), await platform.company()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    known = await platform.act(platform.who(Role.COMPANY, company), known, "accept")
    return (
        school,
        company,
        await platform.act(platform.who(Role.COORDINATOR), known, "draft-agreement", body or None),
    )


async def test_the_digest_of_the_document_that_was_read_is_what_is_signed(platform: Any) -> None:
    articles = {"en": [{"title": "Insurance", "text": "Each side is insured."}]}
    await platform.decide(articles=articles)
    school, company, known = await drafted(platform, language="en")
    head, host = platform.who(Role.HEAD, school), platform.who(Role.COMPANY, company)
    path = f"/v1/partnerships/{known.json()['id']}/agreement"
    page = await platform.client.get(path, headers=host)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Un school" in page.text and "Insurance" in page.text
    as_pdf = await platform.client.get(f"{path}.pdf", headers=head)
    accepted = await platform.client.get(path, headers=head | {"Accept": "application/pdf"})
    assert as_pdf.content == accepted.content
    digest = sha256(as_pdf.content).hexdigest()
    first = {"number": 1, "language": "en", "digest": digest}
    assert known.json()["agreement"] == first
    other = await platform.act(head, known, "sign", {"digest": "0" * 64})
    assert platform.rule(other) == (409, "another-document")
    signed = await platform.act(head, known, "sign", {"digest": digest})
    said = (await outbox_events(platform.app.state.database))[-1]
    assert said.partnership.agreement.digest == digest
    # an amendment is another document, and the first can still be read
    amended = await platform.act(host, signed, "amend", {"goals": "Deux visites"})
    second = amended.json()["agreement"]
    assert (second["number"], second["language"]) == (2, "en")
    assert second["digest"] != digest
    stale = await platform.act(head, amended, "sign", {"digest": digest})
    assert platform.rule(stale) == (409, "another-document")
    before = await platform.client.get(f"{path}.pdf?number=1", headers=head)
    assert before.content == as_pdf.content
    missing = await platform.client.get(f"{path}?number=3", headers=head)
    assert platform.rule(missing) == (404, "agreement-unknown")


async def test_the_partners_and_the_region_alone_read_an_agreement(platform: Any) -> None:
    school, company, known = await drafted(platform)
    path = f"/v1/partnerships/{known.json()['id']}/agreement"
    for role, of, status in (
        (Role.TEACHER, school, 200),
        (Role.COMPANY, company, 200),
        (Role.AUTHORITY, None, 200),
        (Role.COMPANY, uuid4(), 403),
        (Role.OPS, None, 403),
    ):
        for each in (path, f"{path}.pdf"):
            answer = await platform.client.get(each, headers=platform.who(role, of))
            assert answer.status_code == status, (role, each)


async def test_who_signed_is_a_contact_or_a_pseudonym_and_never_a_name(platform: Any) -> None:
    school, company, known = await drafted(platform)
    contact = uuid4()
    head = platform.tokens.bearer(
        Role.HEAD, organisation=school, subject="zenobie.kerlouan", contact=str(contact)
    )
    host = platform.tokens.bearer(Role.COMPANY, organisation=company, subject="zenobie.kerlouan")
    seen = platform.seen(known)
    known = await platform.act(head, known, "sign", seen)
    assert known.json()["signatures"]["head_by"] == str(contact)
    known = await platform.act(host, known, "sign", seen)
    assert UUID(known.json()["signatures"]["company_by"]) != contact
    said = await outbox_events(platform.app.state.database)
    assert said[-1].partnership.signatures.head_by == contact
    assert not any("zenobie" in str(event) for event in said)
