"""Every body, query and path of the four services says what its texts and days may hold."""

import datetime as time
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pydantic
import pytest
from fastapi import FastAPI, Query
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from tests.applications import app_of
from triskel.chassis.http.values import Checked, Day, Name
from triskel.chassis.testing import Tokens
from triskel.contracts.catalogue import SERVICES

NEED_A_TYPE = (str, time.date, time.datetime, pydantic.AwareDatetime, pydantic.NaiveDatetime)
SAY_NOTHING = (Any, object, dict, list, bytes)


def bare(annotation: Any, where: str, checked: bool = False) -> Iterator[str]:
    """Where an annotation holds a text, a day or a moment of which nothing is said."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from bare(inner, where, checked or any(isinstance(m, Checked) for m in metadata))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            said = any(isinstance(each, Checked) for each in field.metadata)
            yield from bare(field.annotation, f"{where}.{name}", said)
    elif annotation in NEED_A_TYPE or annotation in SAY_NOTHING:
        if not checked:
            yield f"{where}: {getattr(annotation, '__name__', annotation)}"
    else:
        for number, part in enumerate(get_args(annotation)):
            # the values of a Literal are no types
            if not isinstance(part, (str, int, list)):
                yield from bare(part, f"{where}[{number}]", checked)


def taken_by(dependant: Any) -> Iterator[Any]:
    """The fields of a route's path, query and body, those of its dependencies too."""
    yield from (*dependant.path_params, *dependant.query_params, *dependant.body_params)
    for each in dependant.dependencies:
        yield from taken_by(each)


def bare_fields(app: FastAPI) -> tuple[int, list[str]]:
    """How many fields of bodies, queries and paths are served, and which say nothing."""
    count, found = 0, set()
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None or route.path.startswith("/docs"):
            continue
        for field in taken_by(dependant):
            count += 1
            said = any(isinstance(each, Checked) for each in field.field_info.metadata)
            where = f"{route.path} {field.name}"
            found.update(bare(field.field_info.annotation, where, said))
    return count, sorted(found)


class PlantedPart(BaseModel):
    days: list[time.date] = []
    by_language: dict[Name, str | None] = {}


class Planted(BaseModel):
    name: Name
    day: Day | None = None
    parts: list[PlantedPart] = []
    at: pydantic.AwareDatetime | None = None
    anything: dict[Name, Any] = {}


@pytest.mark.parametrize("service", SERVICES)
def test_each_text_day_and_moment_that_is_taken_says_what_it_may_hold(service: str) -> None:
    app = app_of(service, Tokens())
    count, found = bare_fields(app)
    assert found == []
    assert count >= 10

    @app.post("/planted/{code}")
    async def planted(
        code: str, body: Planted, word: Annotated[str | None, Query(max_length=9)] = None
    ) -> None:
        return None

    assert bare_fields(app)[1] == [
        "/planted/{code} body.anything[1]: Any",
        "/planted/{code} body.at[0]: AwareDatetime",
        "/planted/{code} body.parts[0].by_language[1][0]: str",
        "/planted/{code} body.parts[0].days[0]: date",
        "/planted/{code} code: str",
        "/planted/{code} word[0]: str",
    ]
