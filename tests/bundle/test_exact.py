"""Known values are found in every encoding, and in all of them at once."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle.canaries import samples
from foundry_doctor.bundle.scan import scan
from foundry_doctor.redact import Redactor
from foundry_doctor.redact.exact import Exact
from foundry_doctor.secret import MASK, Secret

from ..conftest import KEY, PASSWORD

ODD = "my secret/\"x'=+%41 ü\\q and 4711"
LINES = "Ab3dE6gH9jK2mN5p\r\nQ8sT1vW4yZ7bC0eF"
VALUES = {"key": KEY, "password": PASSWORD, "odd": ODD, "lines": LINES}
Encode = Callable[[str], str]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def wrapped(text: str, width: int = 20) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def units(text: str) -> list[int]:
    """The text's UTF-16 code units."""
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


ENCODINGS: dict[str, Encode] = {
    "raw": lambda v: v,
    "url": lambda v: quote(v, safe=""),
    "url twice": lambda v: quote(quote(v, safe=""), safe=""),
    "url, small letters": lambda v: re.sub("%..", lambda m: m.group().lower(), quote(v, safe="")),
    "form": quote_plus,
    "json": json.dumps,
    "json in json in json": lambda v: json.dumps(json.dumps(json.dumps({"a": v}))),
    "json, every character": lambda v: "".join(f"\\u{unit:04x}" for unit in units(v)),
    "json, slashes": lambda v: json.dumps(v).replace("/", "\\/"),
    "url of json": lambda v: quote(json.dumps(v), safe=""),
    "html": html.escape,
    "html, every character": lambda v: "".join(f"&#{ord(ch)};" for ch in v),
    "repr": lambda v: repr([v]),
    "repr of bytes": lambda v: repr(v.encode()),
    "quoted-printable": lambda v: quopri.encodestring(v.encode(), quotetabs=True).decode(),
    "base64": b64,
    "base64 after one": lambda v: b64("x" + v),
    "base64 after two": lambda v: b64("xy" + v),
    "base64 between": lambda v: b64(f"user:{v}@host"),
    "base64 for urls": lambda v: base64.urlsafe_b64encode(f"ab{v}".encode()).decode(),
    "base64 without padding": lambda v: b64(v).rstrip("="),
    "base64 of json": lambda v: b64(json.dumps({"key": v})),
    "base64 of base64": lambda v: b64("a" + b64("b" + v)),
    "base64 in lines": lambda v: base64.encodebytes(f"{'z' * 40}{v}{'z' * 40}".encode()).decode(),
    "base64 in json lines": lambda v: json.dumps(base64.encodebytes((v * 3).encode()).decode()),
    "base64 of UTF-16": lambda v: base64.b64encode(f"X{v}".encode("utf-16-le")).decode(),
    "url of base64": lambda v: quote(b64(v), safe=""),
    "hex": lambda v: v.encode().hex(),
    "in lines": lambda v: wrapped(v) if len(v) > 30 else v,
    "in indented lines": lambda v: wrapped(v).replace("\n", "\r\n    "),
    "reversed": lambda v: v[::-1],
}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", VALUES)
def test_every_encoding(name: str, encoding: str) -> None:
    exact = Exact(VALUES.values())
    text = f"before {ENCODINGS[encoding](VALUES[name])}"
    masked, number = exact.mask(text)
    assert number
    assert masked.startswith("before ")
    for value in VALUES.values():
        assert value not in masked
        assert b64(value)[:24] not in masked
    assert exact.mask(masked) == (masked, 0)


@pytest.mark.parametrize("start", range(0, len(KEY) - 14, 5))
def test_a_part_of_a_random_value_is_enough(start: int) -> None:
    part = KEY[start : start + 14]
    masked, _ = Exact([KEY]).mask(f"cut off: {part}")
    assert masked == f"cut off: {MASK}"


def test_a_host_name_makes_key_and_case_does_not_hide() -> None:
    masked, _ = Exact([KEY]).mask(f"{KEY.lower()}.services.ai.azure.com {KEY.upper()}")
    assert masked == f"{MASK}.services.ai.azure.com {MASK}"


def test_a_whole_url_as_a_secret_does_not_blank_its_host() -> None:
    url = f"https://contoso-ai.services.ai.azure.com/?key={KEY}"
    exact = Exact([url])
    assert exact.mask("contoso-ai.services.ai.azure.com")[1] == 0
    assert exact.mask(f"the key {KEY}")[0] == f"the key {MASK}"


@pytest.mark.parametrize("value", ["ab1", "12345678", "********", "", "   "])
def test_what_cannot_be_told_from_text_is_not_searched(value: str) -> None:
    text = "12345678 ms, ab1, ******** stays"
    assert Exact([value]).mask(text) == (text, 0)


def test_words_of_the_program_are_no_secrets() -> None:
    exact = Exact(["key-invalid"], public="key-invalid\nkey-malformed")
    assert exact.mask("cause key-invalid")[1] == 0


AROUND = st.text(st.sampled_from("ab \"'\\{}:,=%&;\n/+"), max_size=20)


HEADS = ["Ab3dE6", "pässW0", "q\"w'e5", "x%41yZ", "a\\nb7\\", "漢字-Kq9", "=3D&x;"]
SECRETS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(HEADS),
        st.text(
            st.sampled_from("abXYZ0123 \"'\\%=+/&<>~._-@:;üé漢😀") | st.characters(codec="utf-8"),
            min_size=4,
            max_size=40,
        ),
        st.sampled_from(HEADS),
    ),
).filter(str.isprintable)


@settings(max_examples=250, deadline=None)
@given(SECRETS, st.sampled_from(sorted(ENCODINGS)), AROUND, AROUND)
def test_any_value_in_any_encoding(value: str, encoding: str, before: str, after: str) -> None:
    if len(value) < 16 and encoding.startswith(("in ", "reversed")):
        return  # across lines and backwards only long values can be told from text
    encode = ENCODINGS[encoding]
    redactor = Redactor([Secret(value)])
    text = f"{before} {encode(value)} {after}"
    once = redactor.text(text)
    assert redactor.text(once) == once
    assert encode(value) not in once
    assert value not in once


@settings(max_examples=150, deadline=None)
@given(SECRETS, st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=2, max_size=3))
def test_encodings_on_top_of_each_other(value: str, chain: list[str]) -> None:
    wraps = sum("lines" in name or name == "quoted-printable" for name in chain)
    if "reversed" in chain or wraps:
        return  # known limit: another notation on top of wrapped lines, for unusual values
    text = value
    for name in chain:
        text = ENCODINGS[name](text)
    if len(text) > 4000:
        return
    redactor = Redactor([Secret(value)])
    once = redactor.text(f"x {text}")
    assert text not in once
    assert redactor.text(once) == once


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_reaches_a_fixed_point(text: str) -> None:
    for profile in ("vendor", "public"):
        redactor = Redactor([Secret(KEY)], profile=profile, users=["asmith"])
        once = redactor.text(text)
        assert redactor.text(once) == once


@pytest.mark.parametrize("claims", ['{"aud":"https://ai.azure.com"}', '{"typ":"x"}', '{"aud":"x"}'])
def test_a_token_of_the_run_does_not_hide_another_one(claims: str) -> None:
    """All tokens of Entra begin alike; what they share must not blind the rule for their shape."""
    head = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"RS256"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    own = f"{head}.{body}.OwnSignature0123456789"
    redactor = Redactor([Secret(own)])
    for text in samples().values():
        assert not scan({"x.txt": redactor.text(text).encode()}), redactor.text(text)
    other = f"{head}.{body[:16]}AbC0dEf1.OtherSignature9876543210"
    assert "OtherSignature" not in redactor.text(f"got {other}, and more")


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("sk-ant-api03-OwnOwnOwn111", "sk-ant-api03-OtherOther222"),
        ("github_pat_11ABCDEFG0own1", "github_pat_11ABCDEFG0other2"),
        ("A1b2" * 12 + "JQQJ99BDACYeBjFXJ3w3AAAAACOGown1", "Z9y8" * 12
         + "JQQJ99BDACYeBjFXJ3w3AAAAACOGoth2"),
    ],
)  # fmt: skip
def test_another_secret_of_the_same_kind_goes_as_a_whole(own: str, other: str) -> None:
    masked = Redactor([Secret(own)]).text(f"first {own} then {other}.")
    assert masked == "first *** then ***."
