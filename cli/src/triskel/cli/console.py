"""What commands print, and how they say what is wrong."""

import json
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """The exit codes, as sysexits.h names them."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 69
    SOFTWARE = 70
    CONFIG = 78
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done; 1 refused or something was wrong with the data; 2 wrong use; "
    "69 something does not answer; 70 a fault of ours; 78 a wrong setting."
)


class Failure(Exception):
    """What a person is told in one line, and the exit code."""

    def __init__(self, text: str, code: Exit) -> None:
        super().__init__(text)
        self.code = code


def stop(text: str, code: Exit) -> NoReturn:
    raise Failure(text, code)


def show_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
