"""The one redactor of a bundle: exact values, shapes, persons, and pseudonyms in public.

Every text reaches a fixed point, where another pass changes nothing, or is refused: a text that
keeps changing is a text that nobody can vouch for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar

from ..errors import DoctorError
from ..facts import FACTS, fits
from ..noun import Noun
from ..secret import MASK, Secret
from .exact import Exact
from .forms import SHORTEST
from .names import is_secret_field
from .personal import Personal
from .public import Public
from .shapes import apply

PASSES = 8
PROFILES = ("vendor", "public")
AnyNoun = TypeVar("AnyNoun", bound=Noun)
_ENUMERATED = ("enum", "int", "bool")


class RedactionRefused(DoctorError):
    """What was to be written cannot be made safe, or is not safe; nothing was written."""


_COLOURS = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\\{1,8}(?:x1b|u001b|033|e)\[[0-9;]{0,12}m", re.IGNORECASE
)
"""A terminal's control sequences, as they are and as the notations of strings write them."""


class Redactor:
    """Makes texts, JSON values and nouns safe to share; counts what it replaces.

    secrets: every credential of the run. users, homes: the person's account names and folders.
    names: known names of the organisation by kind (see `Public`), for the public profile.
    ids: request ids, which stay whatever they look like. vocabulary: cause and check ids and other
    words of the program; a "secret" that is one of them is none, and they are never masked.
    """

    def __init__(
        self,
        secrets: Iterable[Secret] = (),
        *,
        profile: str = "vendor",
        users: Iterable[str] = (),
        homes: Iterable[str] = (),
        names: Mapping[str, str] | None = None,
        ids: Iterable[str] = (),
        vocabulary: Iterable[str] = (),
        exact: Exact | None = None,
    ) -> None:
        if profile not in PROFILES:
            raise ValueError(f"profile is one of {', '.join(PROFILES)}")
        self.profile = profile
        self.counts: dict[str, dict[str, int]] = {}
        self._where = ""
        self._vocabulary = frozenset(vocabulary)
        words = "\n".join(sorted(self._vocabulary))
        values = [one.reveal() for one in secrets]
        self.exact = exact or Exact(values, public=words)
        self.short = sum(0 < len(one.strip()) < SHORTEST for one in values)
        """How many secrets are too short to be searched by value."""
        self.personal = Personal(users, homes, public=words)
        self._ids = frozenset(one for one in ids if not self.exact.spans(one))
        self._public = (
            Public(names or {}, {*self._ids, *self._vocabulary}, words)
            if profile == "public"
            else None
        )
        self._cache: dict[str, str] = {}
        self._fixed_points: set[str] = set()
        """Results: one more pass changes nothing of them, so that it need not be made."""

    @property
    def pseudonyms(self) -> Mapping[str, int]:
        """How many names of each kind became pseudonyms."""
        return self._public.pseudonyms() if self._public else {}

    def begin(self, where: str) -> None:
        """From now on count for this part of the bundle."""
        self._where = where
        self._cache.clear()

    def text(self, text: str) -> str:
        """The text, safe. Raises RedactionRefused where no fixed point is reached."""
        if not text or text in self._vocabulary or text in self._ids:
            return text
        if text in self._fixed_points:
            return text
        known = self._cache.get(text)
        if known is None:
            known = self._cache[text] = self._fixed(text)
        return known

    def _fixed(self, text: str) -> str:
        for _ in range(PASSES):
            before = text
            text = self._once(text)
            if text == before:
                self._fixed_points.add(text)
                return text
        raise RedactionRefused(
            "a text keeps changing while it is redacted, so it cannot be vouched for",
            advice="Please report this; leave the input out that holds it (a --log file, perhaps).",
        )

    def _once(self, text: str) -> str:
        # The last letter of a colour would stand in the way of a shape that begins after it.
        text = _COLOURS.sub("", text)
        text, number = self.exact.mask(text)
        self._count("value of a known secret", number)
        text = apply(text, self._ids, self._count)
        text = self.personal.apply(text, self._count)
        return self._public.apply(text, self._count) if self._public else text

    def _count(self, what: str, number: int) -> None:
        if number:
            counts = self.counts.setdefault(self._where, {})
            counts[what] = counts.get(what, 0) + number

    def excerpt(self, line: str) -> str:
        """A line of a log, safe, and without what was said to a model or by it."""
        from .content import mask_content

        masked = mask_content(line)
        self._count("prompt or completion", masked != line)
        return self.text(masked)

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value, safe: strings by themselves, and by the name of the field they stand in.

        What a fact's closed list allows stays: which experiment was refused is no secret.
        """
        if isinstance(value, str):
            return self._field(value, name)
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, Enum) or value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Noun):
            return self.noun(value)
        if isinstance(value, Mapping):
            own = value.get("name")
            pair = own if isinstance(own, str) and set(value) >= {"name", "value"} else ""
            return {
                self.text(str(key)): self.value(item, pair if key == "value" and pair else str(key))
                for key, item in value.items()
            }
        if isinstance(value, tuple):
            return tuple(self.value(item, name) for item in value)
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        return self.text(str(value))

    def _field(self, value: str, name: str) -> str:
        spec = FACTS.get(name)
        if spec is not None and spec.kind in _ENUMERATED and fits(spec, value):
            return value
        if spec is None and is_secret_field(name, value):
            self._count("value of a secret's name", 1)
            return MASK
        if self._public is not None and name in ("tls.issuer", "tls.subject"):
            value = self._public.ca(value)
        return self.text(value)

    def noun(self, noun: AnyNoun) -> AnyNoun:
        """A noun with every text in it made safe; secrets in it are gone."""
        kept: dict[str, Any] = {}
        for field in noun._fields:
            value = getattr(noun, field)
            if isinstance(value, Secret):
                kept[field] = None
            elif isinstance(value, tuple) and any(isinstance(one, Secret) for one in value):
                kept[field] = ()
            else:
                kept[field] = self.value(value)
        return type(noun)(**kept)
