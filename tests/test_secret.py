"""Secrets have no textual form, and the scrubber finds them in every form of others."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.model import Target
from foundry_doctor.secret import MASK, Scrubber, Secret

VALUE = "s3cr3t/Val+ue='x' \"y\" <&>"


@dataclass(frozen=True)
class Holder:
    secret: Secret


def in_traceback(secret: Secret) -> str:
    try:
        raise ValueError(secret, f"{secret}")
    except ValueError as error:
        return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        ascii,
        lambda s: f"{s}{s!r}{s!s}{s:>9}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031
        "{0} {0!r}".format,
        lambda s: json.dumps({"a": s}, default=str),
        lambda s: pprint.pformat([s]),
        lambda s: repr([s, (s,), {"k": s}]),
        lambda s: repr(Holder(s)),
        lambda s: repr(Target(key=s, secrets=(s,))),
        in_traceback,
        lambda s: logging.LogRecord("n", 1, "p", 1, "%s", (s,), None).getMessage(),
    ],
)
def test_no_textual_form(show: object) -> None:
    assert callable(show)
    text = show(Secret(VALUE))
    assert VALUE not in text
    assert "s3cr3t" not in text


def test_it_is_not_pickled_nor_hashed() -> None:
    secret = Secret(VALUE)
    for way in (pickle.dumps, deepcopy, copy):
        with pytest.raises(TypeError, match="not pickled"):
            way(secret)
    with pytest.raises(TypeError, match="unhashable"):
        hash(secret)
    assert not hasattr(secret, "__dict__")


def test_it_equals_and_measures() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len(Secret("abc")) == 3
    assert Secret(VALUE).reveal() == VALUE


FORMS: dict[str, Callable[[str], str]] = {
    "raw": lambda v: v,
    "quote": lambda v: quote(v, safe=""),
    "quote, lower case": lambda v: quote(v, safe="").replace("%2F", "%2f").replace("%3D", "%3d")
    .replace("%2B", "%2b").replace("%3C", "%3c").replace("%3E", "%3e"),
    "quote_plus": quote_plus,
    "query": lambda v: urlencode({"key": v}),
    "json": json.dumps,
    "json in json": lambda v: json.dumps(json.dumps(v)),
    "json with escaped slashes": lambda v: json.dumps(v).replace("/", "\\/"),
    "repr": repr,
    "repr of bytes": lambda v: repr(v.encode()),
    "repr in a list": lambda v: repr([f"key: {v}"]),
    "html": html.escape,
    "html, decimal": lambda v: html.escape(v).replace("&#x27;", "&#39;"),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 after one": lambda v: base64.b64encode(b"u:" + v.encode()).decode(),
    "base64 after two": lambda v: base64.b64encode(b"us:" + v.encode()).decode(),
    "base64 between": lambda v: base64.b64encode(b"user:" + v.encode() + b"@host").decode(),
    "base64 for urls": lambda v: base64.urlsafe_b64encode(b"a" + v.encode()).decode(),
}  # fmt: skip
KEYS = {
    "plain": "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7",
    "quotes": VALUE,
    "line break": "Ab3dE6gH9jK2mN5p\nQ8sT1vW4yZ7bC0eF",
    "not ascii": "schlüssel-für-die-tür",
    "trailing newline": "Ab3dE6gH9jK2mN5pQ8sT\n",
    "in quotes": '"Ab3dE6gH9jK2mN5pQ8sT"',
    "high bytes": "Ab3dE6gH9\udcffjK2mN5pQ8",
}


PAIRS = [
    (name, form)
    for name in KEYS
    for form in FORMS
    if name != "high bytes" or form in ("raw", "json", "repr")  # UTF-8 cannot hold it
]


@pytest.mark.parametrize(("name", "form"), PAIRS)
def test_every_form_is_found(name: str, form: str) -> None:
    value = KEYS[name]
    echoed = FORMS[form](value)
    scrub = Scrubber((Secret(value),))
    text = scrub(f"before {echoed} after")
    assert MASK in text
    core = value.strip().strip('"')
    for part in (core, core[1:-1], *(core[i : i + 9] for i in range(0, len(core) - 9, 3))):
        assert part not in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert scrub(text) == text


def test_base64_leaves_at_most_the_shared_characters() -> None:
    value = KEYS["plain"]
    whole = base64.b64encode(b"user:" + value.encode() + b"!").decode()
    left = Scrubber((Secret(value),))(whole).replace(MASK, "")
    assert len(left) <= 4 + len(base64.b64encode(b"user:"))


@pytest.mark.parametrize("line", ["Ab3dE6gH9jK2mN5p", "Q8sT1vW4yZ7bC0eF"])
def test_each_line_of_a_broken_key_is_masked(line: str) -> None:
    scrub = Scrubber((Secret(KEYS["line break"]),))
    assert scrub(f"Illegal header value b'{line}'") == f"Illegal header value b'{MASK}'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("key", "the key of key-invalid"),
        ("ab1", "ab1 and ab1"),
        ("", "nothing"),
        ("     ", "a      b"),
        ("Bearer abc123def456", "Bearer is the scheme"),
        ("my foundry secret phrase", "foundry-doctor keeps a secret"),
        ("******", "****** stays ******"),
    ],
)
def test_ordinary_words_stay(value: str, text: str) -> None:
    assert Scrubber((Secret(value),))(text) == text


def test_the_longest_form_goes_first() -> None:
    scrub = Scrubber((Secret("abcdef"), Secret("abcdef-ghijkl")))
    assert scrub("abcdef-ghijkl abcdef") == f"{MASK} {MASK}"


def test_secrets_become_known_later() -> None:
    scrub = Scrubber()
    assert scrub("token-123") == "token-123"
    scrub.add(Secret("token-123"))
    assert scrub("token-123") == MASK


def test_halves_that_meet_are_masked_too() -> None:
    scrub = Scrubber((Secret("left***right"), Secret("middle-part")))
    assert scrub("leftmiddle-partright") == MASK


@settings(deadline=None)
@given(
    st.lists(st.text(min_size=6, max_size=30), max_size=4), st.text(max_size=60), st.integers(0, 60)
)
def test_it_always_ends_and_is_idempotent(values: list[str], text: str, at: int) -> None:
    scrub = Scrubber(tuple(map(Secret, values)))
    for value in values:
        once = scrub(text[:at] + value + text[at:])
        assert scrub(once) == once
        if len(value.strip()) >= 6 and set(value) != {"*"} and value not in text + MASK:
            assert value not in once
