"""Pages for people: rendered here from templates, without scripts, and nothing in them is trusted.

A package keeps its templates in `templates/`; they may extend `page.html` of the chassis. Whatever
is put into one is escaped: only a template's own text is HTML.
"""

from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No script, no cookie, nothing from elsewhere (CSP level 3)."""
_OWN = "triskel.chassis"


@cache
def templates_of(package: str) -> Environment:
    """The templates of a package, and those of the chassis. A name that a template does not find
    raises `UndefinedError`: a page with a hole is a fault."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(_OWN)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(package: str, template: str, **given: Any) -> str:
    """A page as text."""
    return templates_of(package).get_template(template).render(**given)


def page_response(package: str, template: str, status: int = 200, **given: Any) -> HTMLResponse:
    """A page as an answer that loads nothing and is kept nowhere."""
    return rendered_page(render(package, template, **given), status)


def rendered_page(page: str, status: int = 200) -> HTMLResponse:
    """The same of a page that was rendered before."""
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, status, headers)
