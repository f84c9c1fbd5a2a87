"""The reference page of a region's settings, made from their model."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from triskel.contracts.registry import STANDARD_LIMITS, FormatLimits, RegionSettings


def settings_lines() -> Iterator[str]:
    """Its lines: what all formats have in one table, what each format has in another."""
    yield "What a region's coordinator decides (`PATCH /v1/regions/{region}`), and what holds where"
    yield "nobody has. `GET /v1/regions/{region}` shows what one region has decided, and the page"
    yield "`/regions/{region}` of the registry shows it to anybody, in French and English. Every"
    yield "service hears of it by `registry.regions`, and it holds at once"
    yield "([why](../decisions/0027-a-regions-rules-are-data.md))."
    yield ""
    yield "| setting | meaning | default | from | to |"
    yield "|---|---|---|---|---|"
    for path, field in leaves(RegionSettings):
        if path != "formats":
            yield _row(path, field.description, _shown(field.default), *_bounds(field))
    yield ""
    yield "## Of each format"
    yield ""
    limits = FormatLimits.model_fields
    yield f"| format | {' | '.join(f'`{name}`' for name in limits)} |"
    yield f"|---{'|---' * len(limits)}|"
    for kind, standard in STANDARD_LIMITS.items():
        yield _row(kind, *(str(getattr(standard, name)) for name in limits))
    yield ""
    for name, field in limits.items():
        low, high = _bounds(field)
        yield f"- `formats.*.{name}`: {field.description}; {low} to {high}."


def leaves(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting that is no group, by its path."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, f"{before}{name}.")
        else:
            yield f"{before}{name}", field


def _row(path: str, *cells: str | None) -> str:
    return f"| `{path}` | {' | '.join(cell or '' for cell in cells)} |"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")


def _bounds(field: FieldInfo) -> tuple[str, str]:
    found = {
        name: str(getattr(each, name))
        for each in field.metadata
        for name in ("ge", "le")
        if hasattr(each, name)
    }
    return found.get("ge", ""), found.get("le", "")
