"""Secrets that cannot print themselves."""

from __future__ import annotations

from typing import NoReturn

MASK = "***"


class Secret:
    """A credential: every textual form is `***`; `reveal()` is the only way out.

    Neither hashed nor compared in a way that could be searched: two secrets are equal only to
    code that already holds both.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The raw value, for the one place that sends it or judges its shape."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    __hash__ = None  # type: ignore[assignment]  # a hash of a secret is a searchable form of it

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Scrubber:
    """Replaces every known secret in a text, whatever form a server may have echoed it in.

    It knows the raw value, and its URL-encoded, JSON-, HTML- and repr-escaped and base64 forms
    (the last at each of the three offsets that it may have inside a longer text). One instance
    serves a run; values are added as they become known.
    """

    def __init__(self, secrets: tuple[Secret, ...] = ()) -> None:
        self._forms: list[str] = []
        self._known: list[Secret] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Learn a secret; values shorter than six characters would blank ordinary words."""
        raw = secret.reveal()
        if secret not in self._known:
            self._known.append(secret)
        stripped = raw.strip().strip("\"'").strip()
        forms: set[str] = set()
        for value in {raw, raw.strip(), stripped, *filter(_telling, raw.split())}:
            # A value of stars only is a mask already: to mask it again would never end.
            if len(value) >= 6 and set(value) != {"*"}:
                forms |= _forms(value)
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

    @property
    def known(self) -> tuple[Secret, ...]:
        """Every secret learned so far, for those who must search where this has not been."""
        return tuple(self._known)

    def __call__(self, text: str) -> str:
        """The text with every known form replaced by `***`; what is clean stays as it is."""
        while True:
            before = text
            for form in self._forms:
                if form in text:
                    text = text.replace(form, MASK)
            # A replacement may put the halves of another form together; each pass is shorter.
            if text == before:
                return text


def _telling(part: str) -> bool:
    """Whether one word of a secret with white space in it is worth masking by itself.

    A broken line of a key is; `Bearer`, or a word of a pass phrase, is ordinary text.
    """
    return len(part) >= 16 or (any(c.isdigit() for c in part) and any(c.isalpha() for c in part))


def _forms(value: str) -> set[str]:
    from json import dumps
    from urllib.parse import quote, quote_plus

    try:
        data = value.encode("utf-8", "surrogateescape")  # the bytes that the environment held
    except UnicodeEncodeError:
        data = value.encode("utf-8", "surrogatepass")
    quoted = {quote(data, safe=""), quote_plus(data), quote(data)}
    forms = {value, *quoted, *(_lower_hex(one) for one in quoted)}
    for text in (dumps(value)[1:-1], dumps(value, ensure_ascii=False)[1:-1]):
        forms |= {text, text.replace("/", "\\/"), dumps(text)[1:-1]}
    # repr() escapes only the quote that it did not choose as a delimiter.
    plain = repr(value)[1:-1]
    forms |= {plain, plain.replace("'", "\\'"), repr(data)[2:-1]}
    html = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    forms |= {html, html.replace('"', "&quot;").replace("'", "&#x27;")}
    forms.add(html.replace('"', "&quot;").replace("'", "&#39;"))
    return forms | _base64_forms(data)


def _lower_hex(quoted: str) -> str:
    """`%2f` for `%2F`: both spellings are in use."""
    import re

    return re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), quoted)


def _base64_forms(data: bytes) -> set[str]:
    """What base64 makes of the value, whatever stands before and after it."""
    from binascii import b2a_base64

    forms = set()
    for offset in range(3):
        encoded = b2a_base64(b"\0" * offset + data, newline=False).decode()
        # Characters that also hold bits of a neighbour are left out: they vary.
        begin = (0, 2, 3)[offset]
        end = (offset + len(data)) * 8 // 6
        sure = encoded[begin:end]
        if len(sure) >= 6:
            forms |= {sure, sure.replace("+", "-").replace("/", "_")}
    return forms
