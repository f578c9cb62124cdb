"""The forms that a known value may take in a text, and base64 read back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable

from .views import decoded

SHORTEST = 6
"""A shorter value would blank ordinary words; it is masked where it stands in a secret's place."""
PART = 12
"""Characters of a random value that are as telling as the whole."""
LONG = 16
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n\0"
_TO_STANDARD = str.maketrans("-_", "+/", "= \t\r\n>|")


def searchable(value: str) -> bool:
    """Whether a value can be told from ordinary text: not short, no small number, no stars."""
    enough = 10 if value.isdigit() else SHORTEST
    return len(value) >= enough and set(value) != {"*"}


def forms_of(value: str) -> set[str]:
    """Everything that a value may look like, each searched as it is."""
    layers = {value}
    for _ in range(3):
        layers |= {decoded(one) for one in layers}
    # At the end of a value, what follows it in a text may take part in an escape.
    layers |= {one.rstrip("\\%=&") for one in layers}
    forms = {one for one in layers if searchable(one)}
    forms |= {one.replace(" ", "+") for one in forms}
    forms |= {"".join(one.split()) for one in forms if len("".join(one.split())) >= PART}
    if len(value) >= PART:
        forms.add(value[::-1])
    coded = {form for one in (value, *layers) for form in _base64(one.encode("utf-8", "replace"))}
    coded |= _base64(value.encode("utf-16-le", "replace"))
    dumped = value.encode("utf-8", "replace").hex()
    coded |= {dumped, dumped.upper()}
    again = {form for one in coded if len(one) >= LONG for form in _base64(one.encode())}
    return {one for one in forms | coded | again if set(one) != {"*"}}


def _base64(data: bytes) -> set[str]:
    """What base64 makes of the value, whatever stands before and after it."""
    forms = set()
    for offset in range(3):
        encoded = b64encode(b"\0" * offset + data).decode()
        # Characters that also hold bits of a neighbour are left out: they vary.
        sure = encoded[(0, 2, 3)[offset] : (offset + len(data)) * 8 // 6]
        if len(sure) >= SHORTEST + 2:
            forms |= {sure, sure.replace("+", "-").replace("/", "_")}
    return forms


def opened(run: str) -> Iterable[str]:
    """A run of base64 as text, for each place at which its first group of four may begin.

    What is no text when decoded is left out: ordinary words and paths are not base64.
    """
    plain = run.translate(_TO_STANDARD)
    for offset in range(4):
        cut = plain[offset:]
        cut = cut[: len(cut) - (len(cut) % 4 == 1)]
        try:
            data = b64decode(cut + "=" * (-len(cut) % 4))
        except (Base64Error, ValueError):
            continue
        text = data.decode("utf-8", "replace")
        strange = len(data.translate(None, _PRINTABLE))
        if strange * 4 > len(data) and "\ufffd" in text[:-2]:
            continue
        yield text
        if b"\0" in data[:64]:
            yield data.decode("utf-16-le", "replace")


def mixed(text: str) -> bool:
    """Whether there are digits and letters in it, as in what no person chose as a word."""
    return any(ch.isdigit() for ch in text) and any(ch.isalpha() for ch in text)
