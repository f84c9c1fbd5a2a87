"""The one rule by which texts that people write are compared: searched, booked once, matched.

What is stored to be searched is folded by this function when it is written, and what is asked by
the same; no query folds by itself.
"""

import re
import unicodedata

# letters of their own, which Unicode does not decompose and case folding does not spell out
_SPELT_OUT = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ı": "i",
        "ĸ": "k",
        "ƀ": "b",
        # an apostrophe that Unicode counts among the letters
        "ꞌ": " ",
    }
)

_ASCII_WORD = re.compile("[a-z0-9]+")


def folded(text: str) -> str:
    """In lower case, without accents, with one blank for whatever stands between words: any
    apostrophe, hyphen, dot, slash or space. Folding again changes nothing. Empty when the text has
    neither letter nor digit."""
    if text.isascii():
        # the same, several times faster: a directory's codes and types are folded row by row
        return " ".join(_ASCII_WORD.findall(text.lower()))
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_SPELT_OUT)
    return " ".join("".join(map(_kept, unicodedata.normalize("NFKD", letters))).split())


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    # accents, soft hyphens and what else has no width
    if category[0] == "M" or category == "Cf":
        return ""
    # modifier letters are written as apostrophes (U+02BC) and primes
    return character if character.isalnum() and category != "Lm" else " "


def compared(label: str) -> str:
    """What a label is told apart by: folded, or as it is where it has neither letter nor digit."""
    return folded(label) or label
