"""What people write carries no link into a mail of the platform."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import OrganisationKind, Role
from triskel.notifications.gateways.texts import without_links

EVIL = "http://evil.example – click www.evil.example or evil@evil.example"
LINK = re.compile(r"\w:/|www\.\w|\w[.。．｡][^\W\d_]|\S[@＠]\S")
"""What readers of mails make links of: schemes, names of hosts, addresses."""
PIECES = ["http", "https://", "www", ".", "evil", "example", "@", "/", ":", " ", "。", "xn--a"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_no_text_of_peoples_is_a_link_and_its_words_stay(written: str) -> None:
    shown = without_links(written)
    assert LINK.search(shown) is None
    assert shown.replace(" ", "") == written.replace(" ", "")
    assert without_links(shown) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("http://evil.example – click", "http: //evil. example – click"),
        ("ÉCOLE J.FERRY", "ÉCOLE J. FERRY"),
        ("Lycée Émile Zola, Saint-Malo", "Lycée Émile Zola, Saint-Malo"),
        ("Atelier 3.0, 10:30", "Atelier 3.0, 10:30"),
    ],
)
def test_what_is_no_link_stays_as_it_is_written(written: str, shown: str) -> None:
    assert LINK.search("http://evil.example") is not None
    assert without_links(written) == shown


def parts(mail: Any) -> dict[str, str]:
    """Subject, text, HTML and what the calendar shows, without the links that are our own."""
    found = {"subject": str(mail["Subject"])}
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
            shown = [str(event.get(name)) for name in ("summary", "description", "location")]
            found["calendar"] = "\n".join(shown)
        elif part.get_content_maintype() == "text":
            ours = r"https://(registry\.)?example\.org/\S*"
            text = re.sub(r"<style.*?</style>|<[^>]*>", " ", part.get_content(), flags=re.DOTALL)
            found[part.get_content_subtype()] = re.sub(ours, "", text)
    return found


async def test_names_titles_and_places_carry_no_link_into_a_mail(platform: Any) -> None:
    await platform.hear(
        *(
            registry.OrganisationUpdated(
                organisation=registry.Organisation(
                    id=number,
                    region="FRH0",
                    version=2,
                    kind=kind,
                    helix=helix,
                    names={"fr": EVIL},
                    status="approved",
                ),
                changed=("names",),
            )
            for number, kind, helix in (
                (platform.school, OrganisationKind.SCHOOL, "education"),
                (platform.host, OrganisationKind.COMPANY, "industry"),
            )
        )
    )
    anne = platform.contact("anne", platform.school, Role.TEACHER).model_copy(update={"name": EVIL})
    await platform.hear(registry.ContactRegistered(contact=anne))
    activity = platform.activity()
    slot = activity.slot.model_copy(update={"place_name": EVIL})
    activity = activity.model_copy(update={"title": EVIL, "slot": slot})
    await platform.hear(a.ActivityScheduled(activity=activity, by=Role.COMPANY))
    assert await platform.send() == 1
    (mail,) = await platform.mails("anne")
    found = parts(mail)
    assert set(found) == {"subject", "plain", "html", "calendar"}
    for name, text in found.items():
        assert "evil. example" in text, name
        assert LINK.search(text) is None, (name, text)
