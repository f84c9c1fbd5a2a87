"""One aggregate, three shapes that agree: what rules see, what is stored, what others are told.

The domain's dataclass declares the fields. A `Shape` maps them to the columns of a table and to the
model of the contract, by name, and refuses to exist when a field of one is missing in another and
nobody said so: a field that was forgotten would vanish silently.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python

from triskel.chassis.tables import TableBase

D = TypeVar("D")
M = TypeVar("M", bound=BaseModel)


class Shape(Generic[D]):
    """How a domain's dataclass is stored and told.

    `row` has a column for each field of the domain, or keeps the whole of it as JSON in the column
    `document` and `columns` for what queries look for. `flat` maps a field that is a dataclass of
    its own to the prefix of its columns: `{"signatures": "signed_"}`.

    `unstored`: columns that are none of the domain's (search columns, counters of a worker).
    `unkept`: fields of the domain with a default that no column has: other rows keep them.
    `untold`: fields that no event and no answer has; `derived`: fields of the contract that
    `derive` adds to what is told. Nested fields are written with a dot: `challenge.sheets`.

    Raises `TypeError` where the three differ otherwise.
    """

    def __init__(
        self,
        domain: type[D],
        row: type[TableBase],
        public: type[BaseModel] | None,
        *,
        document: str | None = None,
        columns: Callable[[D], Mapping[str, Any]] | None = None,
        flat: Mapping[str, str] | None = None,
        unstored: Collection[str] = (),
        unkept: Collection[str] = (),
        untold: Collection[str] = (),
        derived: Collection[str] = (),
        derive: Callable[[D, dict[str, Any]], None] | None = None,
    ) -> None:
        self.domain, self.row, self.public = domain, row, public
        self._document, self._columns = document, columns
        # by field, its parts with their columns
        self._flat = {
            name: {part: f"{prefix}{part}" for part in _parts(domain, name)}
            for name, prefix in (flat or {}).items()
        }
        self._unstored, self._untold, self._derived = set(unstored), set(untold), set(derived)
        self._derive = derive
        self._adapter = TypeAdapter(domain)
        self._unkept = set(unkept)
        named = [each.name for each in fields(domain)]  # type: ignore[arg-type]  # no bound for dataclasses
        self._names = [name for name in named if name not in self._unkept]
        if wrong := self.differences():
            raise TypeError(f"{domain.__name__}: {'; '.join(wrong)}")

    def to_domain(self, row: Any) -> D:
        """The row as rules see it."""
        if self._document is not None:
            return self._adapter.validate_python(getattr(row, self._document))
        values = {name: getattr(row, name) for name in self._names if name not in self._flat}
        for name, columns in self._flat.items():
            values[name] = {part: getattr(row, column) for part, column in columns.items()}
        return self._adapter.validate_python(values)

    def to_columns(self, subject: D) -> dict[str, Any]:
        """The columns that a row has of it."""
        if self._document is not None:
            assert self._columns is not None
            kept = {self._document: self._adapter.dump_python(subject, mode="json")}
            return dict(self._columns(subject)) | kept
        values: dict[str, Any] = asdict(subject)  # type: ignore[call-overload]  # no bound for dataclasses
        for name in self._unkept:
            del values[name]
        for name, columns in self._flat.items():
            nested = values.pop(name)
            values |= {column: nested[part] for part, column in columns.items()}
        arrays = {name: list(v) for name, v in values.items() if isinstance(v, (tuple, frozenset))}
        documents = {
            name: to_jsonable_python(v)
            for name, v in (values | arrays).items()
            if isinstance(v, (dict, BaseModel))
            or (isinstance(v, list) and v and isinstance(v[0], dict))
        }
        return values | arrays | documents

    def to_public(self, subject: D) -> Any:
        """The state as events carry it."""
        assert self.public is not None
        return self.answer(self.public, subject)

    def answer(self, kind: type[M], subject: D, **more: Any) -> M:
        """The public state as a model that extends the contract's, with `more` fields."""
        values: dict[str, Any] = asdict(subject)  # type: ignore[call-overload]  # no bound for dataclasses
        for name in self._untold:
            _remove(values, name.split("."))
        if self._derive:
            self._derive(subject, values)
        return kind.model_validate(values | more)

    def differences(self) -> list[str]:
        """What one of the three has and another lacks, in words; none when they agree."""
        found = self._told_differences(self.public) if self.public else []
        if self._document is None:
            stored = set(self._names) - self._flat.keys()
            for flat in self._flat.values():
                stored |= set(flat.values())
            columns = set(self.row.model_fields) - self._unstored
            found += [f"{name} has no column in {self.row.__name__}" for name in stored - columns]
            found += [f"{name} of {self.row.__name__} is unknown here" for name in columns - stored]
        return sorted(found)

    def _told_differences(self, model: type[BaseModel]) -> list[str]:
        told = {
            name
            for name in _leaves(self.domain)
            if not any(name == kept or name.startswith(f"{kept}.") for kept in self._untold)
        }
        public = _leaves(model) - self._derived
        return [
            *(f"{name} is not told by {model.__name__}" for name in told - public),
            *(f"{name} of {model.__name__} is unknown here" for name in public - told),
        ]


def _parts(domain: Any, name: str) -> list[str]:
    (inner,) = _structures(get_type_hints(domain)[name])
    return [each.name for each in fields(inner)]


def _leaves(structure: Any, path: str = "") -> set[str]:
    """The dotted names of all fields, down to what is no structure of its own."""
    names = (
        {name: info.annotation for name, info in structure.model_fields.items()}
        if issubclass(structure, BaseModel)
        else {each.name: get_type_hints(structure)[each.name] for each in fields(structure)}
    )
    found = set()
    for name, hint in names.items():
        inner = _structures(hint)
        found |= {each for kind in inner for each in _leaves(kind, f"{path}{name}.")}
        found.add(f"{path}{name}")
    return found


def _structures(hint: Any) -> list[Any]:
    """The dataclasses and models in an annotation: in optionals, tuples and mappings too."""
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return [hint]
    return [kind for part in get_args(hint) for kind in _structures(part)]


def _remove(values: Any, path: list[str]) -> None:
    """Take a dotted name out of nested values; of each item, where there is a list."""
    if isinstance(values, (list, tuple)):
        for each in values:
            _remove(each, path)
    elif isinstance(values, dict):
        if len(path) == 1:
            values.pop(path[0], None)
        else:
            _remove(values.get(path[0]), path[1:])
