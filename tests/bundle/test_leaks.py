"""Every leak that support bundles are known for is a test (facts, peers and conventions, 6.2)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle.material import Material
from foundry_doctor.bundle.seal import seal, write_bundle
from foundry_doctor.engine.causes import causes
from foundry_doctor.model import ErrorInfo, Vantage
from foundry_doctor.noun import replace
from foundry_doctor.redact import Redactor, redact
from foundry_doctor.secret import Secret

from ..conftest import KEY, PASSWORD, Canary
from .conftest import (
    ACCOUNT,
    APIM,
    HOST,
    REQUEST,
    SUBSCRIPTION,
    TENANT,
    UPN,
    exchange,
    make_log,
    make_material,
    make_report,
    saying,
)

STRANGE = "Qz7Wk4Lm9Rt2" + "Xc5Vb8Nh1Jg6Fd3Ps0"  # nobody told the program about this one
PEM = "\n".join(
    ["-----BEGIN " + "PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + STRANGE,
     "-----END " + "PRIVATE KEY-----"]
)  # fmt: skip


def everything(material: Material) -> str:
    """The whole archive as one text: every name and every byte."""
    archive = zipfile.ZipFile(io.BytesIO(seal(material).data))
    return "\n".join(f"{name}\n{archive.read(name).decode()}" for name in archive.namelist())


def said(text: str, **more: object) -> str:
    return everything(make_material(reports=(saying(text),), **more))


def test_okta_har_files_with_live_sessions() -> None:
    """HAR headers are an allowlist; bodies, cookies and other headers do not exist."""
    archive = zipfile.ZipFile(io.BytesIO(seal(make_material()).data))
    log = json.loads(archive.read("exchanges.har"))["log"]
    names = {
        header["name"]
        for entry in log["entries"]
        for side in ("request", "response")
        for header in entry[side]["headers"]
    }
    assert names <= {"x-ms-client-request-id", "request-id", "apim-request-id", "x-ms-request-id",
                     "x-ms-region", "date"}  # fmt: skip
    for entry in log["entries"]:
        assert entry["request"]["cookies"] == entry["response"]["cookies"] == []
        assert "postData" not in entry["request"]
        assert "text" not in entry["response"]["content"]
    assert "ping" not in archive.read("exchanges.har").decode(), "no prompt, not even our own"


@pytest.mark.parametrize("depth", range(4))
def test_carto_a_private_key_in_escaped_json(depth: int) -> None:
    text = json.dumps({"type": "service_account", "private_key": PEM, "apiKey": STRANGE})
    for _ in range(depth):
        text = json.dumps({"inner": text})
    whole = said(text)
    assert STRANGE not in whole
    assert "MIIEvQIBADAN" not in whole


def test_kots_the_list_of_secrets_is_not_collected() -> None:
    for value in (KEY, PASSWORD):
        assert value not in everything(make_material())
    redactions = json.loads(_file(make_material(), "redactions.json"))
    assert set(redactions) == {
        "profile", "replaced", "pseudonyms", "known_secrets_searched", "note",
        "secrets_too_short_to_search", "user_names_searched",
    }  # fmt: skip


@pytest.mark.parametrize(
    "place",
    ["annotation=kubectl {}", "x {} y", "{}", 'last-applied: \'{{"k":"{}"}}\'', "…{}…", "a={};b"],
)
def test_stackrox_the_same_secret_in_a_second_place(place: str) -> None:
    assert PASSWORD not in said(place.format(PASSWORD))


@pytest.mark.parametrize(
    "syntax",
    ["password={}", "pwd: {}", "--password {}", "--password={}", '"password": "{}"', "pwd='{}'",
     "Server=x;Password={};", "sqlcmd -P {}", "https://u:{}@h/", "MYSQL_PWD={}", "<pwd>{}</pwd>"],
)  # fmt: skip
def test_dune_the_same_password_in_another_syntax(syntax: str) -> None:
    """Known by value, so that the syntax does not matter."""
    assert PASSWORD not in said(syntax.format(PASSWORD))


def test_ods_there_is_one_redactor() -> None:
    """Nothing that makes a bundle replaces text by rules of its own."""
    import foundry_doctor.bundle as room

    folder = Path(room.__file__).parent
    for path in folder.glob("*.py"):
        if path.name.startswith("diff"):
            continue  # it compares finished bundles, and writes none
        source = path.read_text("utf-8")
        assert "re.sub" not in source, path.name
        assert ".sub(" not in source, path.name


def test_every_byte_passes_one_writer() -> None:
    """Written objects, the only thing an archive is made of, come from the writer alone."""
    import foundry_doctor.bundle as room

    folder = Path(room.__file__).parent
    makers = [path.name for path in folder.glob("*.py") if " Written(" in path.read_text("utf-8")]
    assert makers == ["writer.py"]
    packers = [path.name for path in folder.glob("*.py") if "writestr" in path.read_text("utf-8")]
    assert packers == ["seal.py"]


@pytest.mark.parametrize(
    "text",
    [
        f"refresh_token={STRANGE}",
        f'{{"id_token":"{STRANGE}"}}',
        f"access-token: {STRANGE}!{STRANGE}",
        f"password=abc;{STRANGE}",
        f"password='abc;{STRANGE}'",
        f"(password=abc),{STRANGE} next",
        f'"password": "a,b){STRANGE}"',
        f"Authorization: Bearer\r\n {STRANGE}",
        f'Authorization: Digest username="x", response="{STRANGE}", nc=1',
        f"Proxy-Authorization = Weird {STRANGE}",
        f"https://user:p@ss{STRANGE}@proxy:3128/",
    ],
)
def test_crabbox_punctuation_folding_and_forgotten_names(text: str) -> None:
    assert STRANGE not in said(text)


def test_sos_the_own_command_line_and_log() -> None:
    """argv is collected nowhere, and what a note says is scrubbed."""
    whole = everything(make_material(notes=(f"note: --upload-password {PASSWORD} is ignored",)))
    assert PASSWORD not in whole
    assert "argv" not in whole


@pytest.mark.parametrize("value", ["two words 4711-x", "qu\"ote's 4711-x", "tab\there 4711-x"])
def test_sos_a_password_with_spaces_is_masked_whole(value: str) -> None:
    redactor = Redactor([Secret(value)])
    text = redactor.text(f"password={value} end")
    for part in ("two", "words", "ote", "here", "4711"):
        assert part not in text
    assert redact('{"password": "two words 4711-x"}') == '{"password": "***"}'


def test_streborn_every_text_field_of_every_noun_is_covered() -> None:
    """New collection, new test: the secret is planted in every text of a report at once."""
    seeded = _plant(make_report(), f" {PASSWORD} ")
    vantage = Vantage(PASSWORD, PASSWORD, {"a": PASSWORD}, {"b": [PASSWORD]}, {PASSWORD: PASSWORD})
    report = replace(seeded, vantage=vantage)
    for profile in ("vendor", "public"):
        whole = everything(
            make_material(reports=(report,), profile=profile, tickets=("microsoft", "anthropic"),
                          variables=(PASSWORD,), notes=(PASSWORD,))
        )  # fmt: skip
        assert PASSWORD not in whole


@pytest.mark.parametrize("excerpts", [True, False])
def test_hcdiag_copied_lines_are_redacted(excerpts: bool) -> None:
    line = f'apim-request-id: {APIM} key={STRANGE} "content": "tell me about {UPN}" {PASSWORD}'
    whole = everything(make_material(logs=(make_log(line),), with_excerpts=excerpts))
    for secret in (STRANGE, PASSWORD, UPN, "tell me"):
        assert secret not in whole
    assert ('"excerpts"' in whole) is excerpts


@pytest.mark.parametrize("length", [4, 6, 8])
def test_k8sgpt_no_part_of_a_key_stays(length: int) -> None:
    whole = said(f"invalid key {KEY}")
    assert KEY[:length] not in whole
    assert KEY[-length:] not in whole


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_codex_the_cause_survives(profile: str) -> None:
    """The opposite error: so much removed that causes look alike."""
    for cause in causes():
        redactor = Redactor(
            [Secret(KEY)], profile=profile, vocabulary=causes(), users=["key", "client", "token"]
        )
        for text in (cause, f"cause: {cause}", f"CAUSE {cause} (certain)", f'"cause":"{cause}"'):
            assert redactor.text(text) == text
    report = json.loads(_file(make_material(profile=profile), "report.json"))
    evidence = report["checks"][0]["evidence"]
    assert (evidence["key.x_api_key"], evidence["key.api_key"]) == ("refused", "accepted")
    assert report["diagnosis"][0]["cause"] == "service-error"


def test_troubleshoot_two_profiles_and_pseudonyms_that_correlate() -> None:
    vendor, public = everything(make_material()), everything(make_material(profile="public"))
    names = ("contoso-ai", "rg-contoso", "aaaabbbb-0000", "aaaa0a0a-bb1b", "aaaaaaaa-0000",
             "10.1.2.3", "proxy.corp.contoso.com", "Contoso Inspection CA")  # fmt: skip
    for name in names:
        assert name in vendor, f"the vendor needs {name}"
        assert name not in public, f"nobody else needs {name}"
    assert "contoso" not in public.lower()
    assert public.count("hidden-resource-1.services.ai.azure.com") > 5, "one name everywhere"
    for kept in (APIM, REQUEST, "swedencentral", "claude-sonnet-5", "service-error"):
        assert kept in public
    for person in (UPN, "alice"):
        assert person not in vendor
        assert person not in public


def test_formulas_in_ids_do_not_run_in_a_spreadsheet() -> None:
    call = exchange(1, request_id='=HYPERLINK("http://x")', apim_request_id="@SUM(A1)")
    table = _file(make_material(reports=(make_report(exchanges=(call,)),)), "request-ids.csv")
    for row in csv.reader(io.StringIO(table)):
        assert not any(cell.startswith(("=", "@", "+", "-")) for cell in row)


def test_terminal_escapes_do_not_travel() -> None:
    whole = said("\x1b]0;owned\x07\x1b[31mred\u202e")
    assert "\x1b" not in whole
    assert "\u202e" not in whole


def test_nothing_of_the_run_is_left_in_the_files(tmp_path: Path, canary: Canary) -> None:
    canary.files.append(tmp_path)
    call = exchange(1, error=ErrorInfo("gateway", KEY, f"bad {KEY} and {PASSWORD[::-1]}"))
    report = make_report(exchanges=(call,))
    write_bundle(tmp_path / "b.zip", make_material(reports=(report,)))
    archive = zipfile.ZipFile(tmp_path / "b.zip")
    for name in archive.namelist():
        assert not canary.in_text(archive.read(name).decode())


def _file(material: Material, name: str) -> str:
    archive = zipfile.ZipFile(io.BytesIO(seal(material).data))
    return archive.read(name).decode()


def _plant(noun, text: str):  # type: ignore[no-untyped-def]  # any noun, the same noun
    """The noun with a text added to each free text in it, at any depth."""
    from foundry_doctor.noun import Noun

    def seeded(value: object, field: str) -> object:
        if isinstance(value, Noun):
            return _plant(value, text)
        if isinstance(value, tuple):
            return tuple(seeded(one, field) for one in value)
        free = ("title", "summary", "because", "decided_by", "message", "code", "purpose", "url",
                "bash", "text", "verify", "what", "how", "subject", "subjects", "remote_address",
                "tool_version", "request_id", "x_ms_region", "base_url", "covered")  # fmt: skip
        return value + text if isinstance(value, str) and field in free else value

    return replace(noun, **{name: seeded(getattr(noun, name), name) for name in noun._fields})


NAMES = {
    HOST: "contoso-ai", "contoso-ai.privatelink.services.ai.azure.com": "contoso-ai",
    "https://proxy.corp.contoso.com:3128": "contoso", "10.1.2.3": "10.1.2.3",
    "fd00::17": "fd00::17", "172.16.9.9:443": "172.16.9.9", TENANT: TENANT, ACCOUNT: "contoso",
    "http://proxy:3128": "//proxy",
    "CN=Contoso Root CA, O=Contoso": "Contoso", "vm7.internal": "vm7", "100.64.0.9": "100.64.0.9",
    "contoso.onmicrosoft.com": "contoso", "C=NL,O=Contoso,CN=x": "Contoso",
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(" \"'(){}[]<>|,;=\n漢é²", min_size=1, max_size=3),
            st.sampled_from(sorted(NAMES)),
            st.text(" \"')}]>|;\n", min_size=1, max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_in_public_no_name_stays_whatever_stands_around_it(
    parts: list[tuple[str, str, str]],
) -> None:
    names = {"contoso-ai": "resource", TENANT: "tenant", SUBSCRIPTION: "subscription"}
    redactor = Redactor(profile="public", names=names)
    once = redactor.text("".join(map("".join, parts)))
    for _, name, _ in parts:
        assert NAMES[name] not in once
    assert redactor.text(once) == once
