"""How the process of a service begins: `python -m triskel.registry`."""

import gc
from importlib import import_module


def start(service: str) -> None:
    """Run the `SPEC` of `triskel.<service>.main`, with the `Settings` that the environment gives.

    They come first: a wrong one is told before the rest is loaded, which takes seconds.
    Python's collector rests meanwhile, until `tune_gc` wakes it: all that is loaded stays, and to
    look through it again and again was a fifth of the CPU time of a start.
    """
    gc.disable()
    from triskel.chassis.settings import load

    settings = load(import_module(f"triskel.{service}.settings").Settings, service)
    from triskel.chassis.service import run

    run(import_module(f"triskel.{service}.main").SPEC, settings)
