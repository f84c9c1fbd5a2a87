"""Finds the encoding of a text file from its bytes."""

import codecs
import re

from triskel.contracts.refusals import Invalid

_READ_AT_ONCE = 1 << 20
_MARKS = (
    # checked with the codec that does not count from behind the mark
    (codecs.BOM_UTF8, "utf-8", "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16", "utf-16"),
)
_NOT_DECODED = re.compile("[\udc80-\udcff]")
_ASCII = re.compile("[\x00-\x7f]+")


class FileNotText(Invalid):
    """A file of rows is text."""

    field = "file"
    en = "The file must be text; {what[en]}. Save it as CSV in UTF-8."
    fr = "Le fichier doit être du texte ; {what[fr]}. Enregistrez-le en CSV, en UTF-8."


class FileNotUtf8(Invalid):
    """A text is in one encoding from its first byte to its last."""

    field = "file"
    en = (
        "The file looks like {encoding}; byte {at} is not. It is damaged or cut off; save it as "
        "UTF-8."
    )
    fr = (
        "Le fichier semble être en {encoding}, mais pas l'octet {at}. Il est abîmé ou tronqué ; "
        "enregistrez-le en UTF-8."
    )


def recognised(content: bytes) -> tuple[str, str]:
    """The encoding of a file, as its name and Python's codec: UTF-8, UTF-16 or Windows-1252, each
    with or without a byte order mark.

    A file is Windows-1252 when it is no UTF-8 and more of its bytes say so than say UTF-8: one
    wrong byte in a UTF-8 file is damage. Raises `Invalid` for what is none of them, with the place.
    """
    for mark, name, checked, codec in _MARKS:
        if content.startswith(mark):
            _check(content, name, checked)
            return name, codec
    # the first letters of a header are ASCII, so every second byte is zero
    for begin, codec in ((b"\x00", "utf-16-be"), (content[:1] + b"\x00", "utf-16-le")):
        if len(content) > 1 and content.startswith(begin) and content[:2] != b"\x00\x00":
            _check(content, "utf-16", codec)
            return "utf-16", codec
    if (zero := content.find(0)) >= 0:
        raise FileNotText(what={"en": f"byte {zero} is zero", "fr": f"l'octet {zero} est nul"})
    try:
        _check(content, "utf-8", "utf-8")
    except Invalid:
        if not _rather_windows(content):
            raise
        _check(content, "windows-1252", "cp1252")
        return "windows-1252", "cp1252"
    return "utf-8", "utf-8"


def _rather_windows(content: bytes) -> bool:
    letters = wrong = 0
    # a letter that is cut off at the end says that the file is cut off
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for begin in range(0, len(content), _READ_AT_ONCE):
        high = _ASCII.sub("", decoder.decode(content[begin : begin + _READ_AT_ONCE]))
        not_decoded = len(_NOT_DECODED.findall(high))
        wrong += not_decoded
        letters += len(high) - not_decoded
    return wrong > letters


def _check(content: bytes, name: str, codec: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    for begin in range(0, len(content) or 1, _READ_AT_ONCE):
        part = content[begin : begin + _READ_AT_ONCE]
        before = len(decoder.getstate()[0])
        try:
            decoder.decode(part, begin + len(part) == len(content))
        except UnicodeDecodeError as error:
            at = begin - before + error.start
            raise FileNotUtf8(encoding=name.upper(), at=at) from None
