"""The text of a partnership's agreement: from a template, as a page and as a PDF.

Of the same values the same bytes come out: the PDF has the day of its values for its own, and the
font with it (DejaVu Sans: Latin, Greek and Cyrillic letters). What the font lacks is a box.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from markupsafe import Markup

from triskel.chassis.pages import render

_TITLES = {"fr": "Convention de partenariat", "en": "Partnership agreement"}
_FONT = "DejaVu"
_FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_WHERE = Path(__file__).parent / "fonts"
# what it says of letters that the font lacks is a line of the log for each
logging.getLogger("fpdf").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Party:
    """An organisation as an agreement names it; `lines`: address and official numbers."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgreementText:
    """What an agreement says. `articles` are titles with their texts; without any those of the
    template."""

    partnership_id: UUID
    number: int
    region: str
    school: Party
    company: Party
    school_year: str
    starts_on: date
    ends_on: date
    goals: tuple[str, ...]
    articles: tuple[tuple[str, str], ...]
    made_at: datetime
    made_on: date


@dataclass(frozen=True)
class Document:
    """`digest` is the SHA-256 of the PDF, in hexadecimal."""

    page: str
    pdf: bytes
    digest: str


def write(text: AgreementText, language: str) -> Document:
    """Takes some 0.1 s of CPU: call it in a thread."""
    values = asdict(text)
    template = f"agreement.{language}.html"
    # its own text is HTML, and what was put in is escaped
    body = Markup(render(__package__, template, day=_day_of(language), **values))
    title = _TITLES[language]
    pdf = _pdf(title, body, language, text.made_at)
    digest = sha256(pdf).hexdigest()
    shown = {"title": title, "language": language, "body": body, "digest": digest}
    return Document(render(__package__, "agreement.html", **shown), pdf, digest)


def _day_of(language: str) -> Callable[[date], str]:
    shape = "%d/%m/%Y" if language == "fr" else "%Y-%m-%d"
    return lambda day: day.strftime(shape)


def _pdf(title: str, body: str, language: str, made_at: datetime) -> bytes:
    from fpdf import FPDF, TextStyle  # slow to import, seldom needed

    pdf = FPDF(format="A4")
    pdf.set_creation_date(made_at)
    pdf.set_title(title)
    pdf.set_lang(language)
    for style, file in _FONTS.items():
        pdf.add_font(_FONT, style, _WHERE / file)
    pdf.set_font(_FONT, size=10)
    pdf.add_page()
    pdf.write_html(
        f"<h1>{title}</h1>{body}",
        tag_styles={
            "h1": TextStyle(font_size_pt=18, font_style="B", color="#1f5f8b", b_margin=1),
            "h2": TextStyle(
                font_size_pt=12, font_style="B", color="#1f5f8b", t_margin=4, b_margin=1
            ),
            "p": TextStyle(t_margin=1, b_margin=1),
        },
    )
    return bytes(pdf.output())
