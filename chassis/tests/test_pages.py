"""Pages: nothing that is put into one is trusted, and none has a hole."""

import pytest
from jinja2 import UndefinedError

from triskel.chassis.pages import POLICY, page_response, render, templates_of

HOSTILE = "<script>alert('x')</script>\" onload=\"x"


def test_whatever_is_put_into_a_page_is_text_and_never_html() -> None:
    page = render("triskel.chassis", "page.html", language=HOSTILE, title=HOSTILE)
    assert "<script" not in page
    assert 'onload="x' not in page
    # the control: the same template without the escape
    trusting = templates_of("triskel.chassis").overlay(autoescape=False)
    trusted = trusting.get_template("page.html").render(language=HOSTILE, title=HOSTILE)
    assert "<script" in trusted


def test_a_page_with_a_hole_is_a_fault() -> None:
    with pytest.raises(UndefinedError):
        render("triskel.chassis", "page.html", language="fr")


def test_a_page_loads_nothing_runs_nothing_and_is_kept_nowhere() -> None:
    answer = page_response("triskel.chassis", "page.html", 404, language="fr", title="Perdu")
    assert answer.status_code == 404
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "script" not in POLICY
    assert answer.headers["Cache-Control"] == "no-store"
