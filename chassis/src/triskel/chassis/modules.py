"""Finds what the modules of a service declare: tables, actions, refusals."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType


def modules_of(service: str) -> Iterator[ModuleType]:
    """Every module of a service, imported; its migrations and what starts it apart."""
    package = import_module(f"triskel.{service}")
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            yield import_module(module.name)
