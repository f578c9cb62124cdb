"""Whatever the settings hold: a target or a usage error, and never a part of a key in a text."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.errors import FileProblems, UsageError
from foundry_doctor.facts import problems as fact_problems
from foundry_doctor.settings import Flags, Resolution, resolve_targets
from foundry_doctor.settings.base_url import read_base_url
from foundry_doctor.settings.environment import MODELS
from foundry_doctor.settings.keys import judge_key
from foundry_doctor.settings.resource_name import read_resource

PLANTED = "Q7pLantedK3yZ9vXw2mN8bR4"
NAMES = (
    "ANTHROPIC_FOUNDRY_RESOURCE",
    "ANTHROPIC_FOUNDRY_BASE_URL",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "all_proxy",
    "NO_PROXY",
    "ANTHROPIC_CUSTOM_HEADERS",
    *MODELS,
)
PIECES = st.sampled_from(
    [
        "contoso",
        ".services.ai.azure.com",
        "https://",
        "http://",
        "/anthropic",
        "/v1/messages",
        "user:pw@",
        ":443",
        ":x",
        "?a=b",
        "#",
        "[::1]",
        "[",
        "%",
        " ",
        "\n",
        "\0",
        '"',
        "<x>",
        "${X}",
        "sk-ant-",
        "localhost",
        "ü",
        "\ud800",
        "a" * 64,
        "..",
        "*",
        ",",
        "//",
        "\\",
        "@",
        ";",
        "socks5://",
    ]
)
VALUES = st.one_of(st.lists(PIECES, max_size=6).map("".join), st.text(max_size=30))
WRAPPED = st.tuples(
    st.sampled_from(["", " ", '"', "'", "Bearer ", "sk-ant-", "<", "$", "KEY_X=", "\n"]),
    st.sampled_from(["", " ", '"', "\n", "\r\nX: y", ">", "\0", "ü", "==", "…"]),
).map(lambda ends: ends[0] + PLANTED + ends[1])
NUMBERS = count()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def fresh(base: Path) -> Path:
    folder = base / str(next(NUMBERS))
    (folder / ".git").mkdir(parents=True)
    return folder


def resolved(folder: Path, environ: dict[str, str], flags: Flags) -> Resolution:
    return resolve_targets(
        flags, environ=environ, cwd=folder, home=folder, managed=folder / "none", platform="linux"
    )


def texts(resolution: Resolution) -> str:
    found = [repr(resolution), str(resolution), *resolution.notes]
    for target in resolution.targets:
        found += [*target.provenance, *target.provenance.values()]
        for problem in target.problems:
            found += [problem.cause, problem.summary, repr(dict(problem.facts))]
            assert fact_problems(problem.facts) == []
            assert problem.facts["config.setting"]
            assert problem.facts["config.detail"]
    return "\n".join(found)


@given(environ=st.dictionaries(st.sampled_from(NAMES), VALUES), key=WRAPPED)
def test_any_environment(base: Path, environ: dict[str, str], key: str) -> None:
    resolution = resolved(fresh(base), {**environ, "ANTHROPIC_FOUNDRY_API_KEY": key}, Flags())
    (target,) = resolution.targets
    assert target.key is not None
    assert target.key.reveal() == key
    assert PLANTED not in texts(resolution)


@given(resource=VALUES, url=VALUES, names=st.lists(VALUES, max_size=3))
def test_any_flags(base: Path, resource: str, url: str, names: list[str]) -> None:
    flags = Flags(resource=resource, base_url=url, deployments=tuple(names))
    texts(resolved(fresh(base), {}, flags))


@given(
    name=st.sampled_from([name for name in NAMES if "MODEL" not in name and name != "NO_PROXY"]),
    wrapping=st.sampled_from(
        ["{}", "sk-ant-{}", "https://{}@host/anthropic", "https://u:{}@host", "https://h/?k={}"]
    ),
)
def test_a_key_in_a_wrong_place(base: Path, name: str, wrapping: str) -> None:
    """The same key as in its right place, or with the shape of one, anywhere else."""
    environ = {"ANTHROPIC_FOUNDRY_API_KEY": PLANTED, name: wrapping.format(PLANTED)}
    assert PLANTED not in texts(resolved(fresh(base), environ, Flags()))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VALUES, inner, max_size=3),
    max_leaves=6,
)


@given(
    content=st.one_of(
        st.binary(max_size=60),
        JSON.map(lambda item: json.dumps(item).encode()),
        st.dictionaries(st.sampled_from(NAMES), JSON).map(
            lambda env: json.dumps({"env": {**env, "MY_API_KEY": PLANTED}}).encode()
        ),
        st.just(b'{"env": {"X": "' + PLANTED.encode()),
    )
)
def test_any_settings_file_of_claude_code(base: Path, content: bytes) -> None:
    folder = fresh(base)
    (folder / ".claude").mkdir()
    (folder / ".claude" / "settings.local.json").write_bytes(content)
    assert PLANTED not in texts(resolved(folder, {}, Flags()))


YAML = st.lists(
    st.one_of(
        st.sampled_from(
            "resource: |targets:\n|  a:\n|    |deployments: |[|]|{|}|- |key: |key_env: |"
            "version: 1\n|\n|\t|'|\"|&a |*a|!!str |? |: |---\n|%TAG ! x\n|>\n|<<: |#|"
            "auth: |x|playbooks: |"
            f"{PLANTED}".split("|")
        ),
        st.text(max_size=8),
    ),
    max_size=14,
).map("".join)


@given(content=st.one_of(YAML.map(lambda text: text.encode(errors="replace")), st.binary()))
def test_any_config_file(base: Path, content: bytes) -> None:
    folder = fresh(base)
    (folder / "foundry-doctor.yaml").write_bytes(content)
    environ = {"ANTHROPIC_FOUNDRY_API_KEY": PLANTED}
    try:
        resolution = resolved(folder, environ, Flags())
    except UsageError as error:
        caught = error
    else:
        texts(resolution)
        return
    assert isinstance(caught, FileProblems) or caught.advice
    for problem in caught.problems if isinstance(caught, FileProblems) else ():
        assert problem.startswith("foundry-doctor.yaml:")
        assert PLANTED not in problem


@given(VALUES, st.booleans(), st.booleans())
def test_the_judges_alone(value: str, foundry: bool, gateway: bool) -> None:
    found = read_base_url(value)
    if found.fault and found.fault.suggestion:
        assert read_base_url(found.fault.suggestion).fault is None
    named = read_resource(value, "public")
    if named.fault and named.fault.suggestion:
        assert read_resource(named.fault.suggestion, "public").fault is None
    judge_key(value, foundry=foundry, gateway=gateway)
