"""The body of a request: read once, within limits, after it is known who sends it."""

import hashlib
import json
import math
import re
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO, Any, NoReturn

from fastapi import Depends, Request

from triskel.contracts.refusals import Invalid, TooLarge

LARGEST_BODY_BYTES = 1024 * 1024
DEEPEST_JSON = 20
MOST_JSON_NAMES = 5_000
MOST_JSON_TOKENS = 50_000
"""Strings, brackets, colons and commas."""
_IN_MEMORY_BYTES = 1024 * 1024

# A string, closed or not, or what gives JSON its shape. The possessive quantifiers never go back,
# so that the time is linear whatever is sent.
_SHAPE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}:,]', re.DOTALL)


class JsonTooLarge(Invalid):
    """No body of ours is deeper or has more in it."""

    en = "JSON may be {depth} levels deep here, with {names} names and {tokens} strings and signs."
    fr = "Le JSON a ici au plus {depth} niveaux, {names} noms et {tokens} textes et signes."


class BodyTooLarge(TooLarge):
    """A body has a limit, by route."""

    en = "A body may have {limit} bytes here."
    fr = "Un corps de requête a ici au plus {limit} octets."


def check_shape(body: bytes) -> None:
    """Raises `JsonTooLarge` for JSON that is deeper or has more in it than any body of ours:
    it is told before it is parsed and validated, which costs a hundred times more."""
    depth = names = 0
    for tokens, found in enumerate(_SHAPE.finditer(body), 1):
        match found[0]:
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
            case b":":
                names += 1
        if depth > DEEPEST_JSON or names > MOST_JSON_NAMES or tokens > MOST_JSON_TOKENS:
            raise JsonTooLarge(depth=DEEPEST_JSON, names=MOST_JSON_NAMES, tokens=MOST_JSON_TOKENS)


def parse(body: bytes) -> Any:
    """JSON as RFC 8259 says: no NaN, no Infinity, no number that Python cannot hold, UTF-8 only.
    Raises `json.JSONDecodeError`."""
    check_shape(body)
    try:
        return json.loads(body.decode(), parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("It is not UTF-8", "", error.start) from None
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("A number is out of range")
    return number


@dataclass(frozen=True)
class Upload:
    """A file that was sent as the body, at its first byte: in memory while it is small, then in a
    temporary file. It is gone at the end of the request."""

    file: IO[bytes]
    size: int
    digest: bytes


class _Uploaded:
    def __init__(self, largest_bytes: int) -> None:
        self.largest_bytes = largest_bytes

    async def __call__(self, request: Request) -> Upload:
        upload: Upload = request.state.upload
        upload.file.seek(0)
        return upload


def upload(largest_bytes: int) -> Any:
    """Declares that the body is a file of at most so many bytes, which is never held in memory as
    a whole. Use as `sent: Annotated[Upload, upload(LARGEST_FILE_BYTES)]`."""
    return Depends(_Uploaded(largest_bytes))


def upload_limit(dependant: Any) -> int | None:
    """The limit that a route declares by `upload`; None for one that takes no file."""
    if isinstance(dependant.call, _Uploaded):
        return dependant.call.largest_bytes
    found = [upload_limit(each) for each in dependant.dependencies]
    return next((limit for limit in found if limit is not None), None)


class Body(Request):
    """A request whose body is read within a limit, in bytes, and parsed strictly."""

    limit = LARGEST_BODY_BYTES

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Raises `BodyTooLarge`."""
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self.limit:
            raise self._too_large()
        read = 0
        async with aclosing(super().stream()) as stream:
            async for chunk in stream:
                read += len(chunk)
                if read > self.limit:
                    raise self._too_large()
                yield chunk

    async def json(self) -> Any:
        if not hasattr(self, "_parsed"):
            self._parsed = parse(await self.body())
        return self._parsed

    async def spool(self, limit: int) -> Upload:
        """The body as a file. The caller closes it."""
        self.limit = limit
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
        digest, size = hashlib.sha256(), 0
        try:
            async with aclosing(self.stream()) as stream:
                async for chunk in stream:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        except BaseException:
            file.close()
            raise
        return Upload(file, size, digest.digest())

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(limit=self.limit)
