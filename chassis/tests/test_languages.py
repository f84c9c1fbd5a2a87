"""Which language an answer has, by what the caller accepts."""

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.http.languages import choose_language
from triskel.chassis.http.problems import install_problems
from triskel.contracts.refusals import LANGUAGES, Conflict


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-CA", "fr"),
        ("fr-Latn-FR-x-a1", "fr"),
        ("br,fr;q=0.8,en;q=0.5", "fr"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("fr;q=0.9 , en ; q = 1.000", "en"),
        ("fr;q=0.5,en;q=0.5", "fr"),
        ("en;q=0.5,fr;q=0.5", "en"),
        ("fr-CA;q=0.9,fr;q=0.1,en;q=0.5", "fr"),  # who reads one French reads the other
        ("nl,de;q=0.9", "en"),
        ("*", "en"),
        ("fr;q=0.5,*", "en"),
        ("*;q=0.1,fr;q=0.5", "fr"),
        ("en;q=0", "en"),  # an answer has to have a language
        ("en;q=0,*", "fr"),
        ("fr;q=0", "en"),
        ("fr;q=0,*;q=0", "en"),
        ("fr;q=2,en;q=0.1", "en"),  # no weight, so no range
        ("fr;q=nan,en;q=0.1", "en"),
        ("fr;q=-1", "en"),
        ("fr;level=1", "en"),
        ("fraise,en;q=0.1", "en"),  # another tag of eight letters at most
        ("fr_FR", "en"),
    ],
)
def test_the_best_liked_language_of_ours_is_chosen(accepted: str, language: str) -> None:
    assert choose_language(accepted) == language


@given(st.text() | st.text(alphabet="frenq=;,*-. 019\x00"))
def test_whatever_is_accepted_the_language_is_one_of_ours(accepted: str) -> None:
    assert choose_language(accepted) in LANGUAGES


async def test_a_refusal_is_in_the_language_of_several_headers_and_of_any_bytes() -> None:
    app = FastAPI()
    install_problems(app)

    class DoorShut(Conflict):
        """No door is open."""

        en = "The door is shut."
        fr = "La porte est fermée."

    @app.get("/")
    async def refuse() -> None:
        raise DoorShut

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:

        async def language(*headers: bytes) -> tuple[int, str]:
            sent = [(b"Accept-Language", header) for header in headers]
            answer = await client.get("/", headers=sent)
            return answer.status_code, answer.headers["Content-Language"]

        assert await language() == (409, "en")
        assert await language(b"nl", b"fr;q=0.3") == (409, "fr")
        assert await language(b"\xff\xfe\xe9;q=\xb2", b"fr;q=0.1") == (409, "fr")
