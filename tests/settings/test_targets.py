"""Named targets: which are meant, and what their entries override."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.errors import UsageError
from foundry_doctor.settings import Resolution

KEY = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
RESOURCE = "ANTHROPIC_FOUNDRY_RESOURCE"
API_KEY = "ANTHROPIC_FOUNDRY_API_KEY"
Resolve = Callable[..., Resolution]
TWO = """\
deployments: [common]
key_env: COMMON_KEY
targets:
  prod:
    resource: contoso-prod
    key_env: PROD_KEY
  test:
    base_url: https://contoso-test.services.ai.azure.com/anthropic
    deployments: own
"""


@pytest.fixture
def two(cwd: Path) -> None:
    (cwd / "foundry-doctor.yaml").write_text(TWO)


@pytest.mark.usefixtures("two")
def test_a_named_target_with_the_defaults_below_it(resolve: Resolve) -> None:
    (target,) = resolve({"PROD_KEY": KEY, "COMMON_KEY": OTHER}, targets=("prod",)).targets
    assert (target.name, target.resource, target.deployments) == (
        "prod",
        "contoso-prod",
        ("common",),
    )
    assert target.key is not None
    assert target.key.reveal() == KEY
    assert target.provenance["resource"] == "foundry-doctor.yaml:5:15"
    assert target.problems == ()


@pytest.mark.usefixtures("two")
def test_all_targets_in_the_files_order(resolve: Resolve) -> None:
    targets = resolve({"PROD_KEY": KEY, "COMMON_KEY": OTHER}, all_targets=True).targets
    assert [target.name for target in targets] == ["prod", "test"]
    assert [target.resource for target in targets] == ["contoso-prod", "contoso-test"]
    assert [target.deployments for target in targets] == [("common",), ("own",)]
    assert targets[1].key is not None
    assert targets[1].key.reveal() == OTHER
    again = resolve({}, targets=("test", "prod", "test")).targets
    assert [target.name for target in again] == ["test", "prod"]


@pytest.mark.usefixtures("two")
def test_a_picked_target_beats_the_environment_but_no_flag(resolve: Resolve) -> None:
    environ = {RESOURCE: "from-env", API_KEY: OTHER, "PROD_KEY": KEY}
    resolution = resolve(environ, targets=("prod",))
    (target,) = resolution.targets
    assert target.resource == "contoso-prod"
    assert target.key is not None
    assert target.key.reveal() == KEY
    assert any(f"env {RESOURCE}" in note for note in resolution.notes)
    (flagged,) = resolve(environ, targets=("prod",), resource="flagged").targets
    assert flagged.resource == "flagged"
    # What a picked target leaves open still comes from the environment before the file's top.
    (test,) = resolve({**environ, "COMMON_KEY": KEY}, targets=("test",)).targets
    assert test.key is not None
    assert test.key.reveal() == OTHER


@pytest.mark.usefixtures("two")
def test_another_resources_key_is_never_taken_instead(resolve: Resolve) -> None:
    (target,) = resolve({API_KEY: OTHER}, targets=("prod",)).targets
    assert [item.cause for item in target.problems] == ["credentials-missing"]
    assert "PROD_KEY" in target.problems[0].summary


@pytest.mark.usefixtures("two")
def test_without_a_choice_the_environments_endpoint_is_meant(resolve: Resolve) -> None:
    (target,) = resolve({RESOURCE: "from-env", "COMMON_KEY": KEY}).targets
    assert (target.name, target.resource) == (None, "from-env")


@pytest.mark.usefixtures("two")
def test_without_a_choice_several_targets_are_a_usage_error(resolve: Resolve) -> None:
    with pytest.raises(UsageError, match="prod, test") as caught:
        resolve({})
    assert "--all-targets" in caught.value.advice


def test_an_only_target_needs_no_choice(resolve: Resolve, cwd: Path) -> None:
    (cwd / "foundry-doctor.yaml").write_text("targets:\n  only:\n    resource: contoso\n")
    (target,) = resolve({API_KEY: KEY}, deployments=("d",)).targets
    assert (target.name, target.resource, target.problems) == ("only", "contoso", ())


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("flags", "words", "advice"),
    [
        ({"targets": ("prdo",)}, "no such target", "Did you mean prod?"),
        ({"targets": ("prod", "zzz")}, "--target zzz", "Known: prod, test"),
        ({"all_targets": True, "resource": "x1"}, "several targets", "Select one"),
        ({"targets": ("prod", "test"), "base_url": "x"}, "several targets", "Select one"),
    ],
)
def test_unknown_and_unclear(
    resolve: Resolve, flags: dict[str, object], words: str, advice: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        resolve({}, **flags)
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (None, {"targets": ("a",)}, "there is no foundry-doctor.yaml"),
        (None, {"all_targets": True}, "no target is defined"),
        ("resource: x1\n", {"targets": ("a",)}, "defines no targets"),
        ("resource: x1\n", {"all_targets": True}, "no target is defined"),
    ],
)
def test_no_targets_at_all(
    resolve: Resolve, cwd: Path, text: str | None, flags: dict[str, object], words: str
) -> None:
    if text:
        (cwd / "foundry-doctor.yaml").write_text(text)
    with pytest.raises(UsageError, match=words):
        resolve({}, **flags)


def test_a_key_as_target_name_is_not_echoed(resolve: Resolve) -> None:
    with pytest.raises(UsageError) as caught:
        resolve({}, targets=(KEY,))
    assert KEY not in caught.value.diagnostics()
