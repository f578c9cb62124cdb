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

    It knows the raw value, and its URL-encoded and JSON-escaped forms. One instance serves a run;
    values are added as they become known.
    """

    def __init__(self, secrets: tuple[Secret, ...] = ()) -> None:
        self._forms: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Learn a secret; values shorter than six characters would blank ordinary words."""
        raw = secret.reveal()
        stripped = raw.strip().strip("\"'").strip()
        forms: set[str] = set()
        for value in {raw, raw.strip(), stripped, *raw.split()}:
            if len(value) >= 6:
                forms |= _forms(value)
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text with every known form replaced by `***`."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def _forms(value: str) -> set[str]:
    from base64 import b64encode
    from json import dumps
    from urllib.parse import quote, quote_plus

    forms = {value, quote(value, safe=""), quote_plus(value), quote(value)}
    forms.add(dumps(value)[1:-1])
    forms.add(repr(value)[1:-1])
    forms.add(b64encode(value.encode("utf-8", "surrogateescape")).decode().rstrip("="))
    return forms
