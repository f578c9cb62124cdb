"""The GitHub log: whole logs against golden files, and what no text can make the runner do."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.model import Report, Status, Verdict
from foundry_doctor.noun import replace
from foundry_doctor.report.annotations import MOST, Annotation, annotate, refusal
from foundry_doctor.report.github import (
    HIDDEN_HERE,
    command,
    github_output_lines,
    github_outputs,
    identifying,
    render_github,
)
from foundry_doctor.secret import Secret

from . import samples
from .ci_logs import REGISTERED, Command, github_line, lines, read_github, read_outputs
from .ci_runs import PROD, RUNS, SEVERAL_CAUSES, SKIPPED, code_of, hostile, runs, text_of
from .golden import expected

TOKEN = "foundry-doctor-0123456789abcdef0123456789abcdef"
LEVELS = ("error", "warning", "notice")


def seen(out: str) -> list[Annotation]:
    """The boxes that the runner makes of a log."""
    found = read_github(out).named(*LEVELS)
    return [Annotation(one.name, one.properties["title"], one.data) for one in found]


def bare(found: list[Annotation]) -> list[Annotation]:
    """The boxes without the code, which GitHub does not know."""
    return [replace(one, code="") for one in found]


@pytest.mark.parametrize("name", RUNS)
def test_whole_log(name: str) -> None:
    run = RUNS[name]
    masks = identifying(run) if name == "failing" else []
    out = render_github(run, "(the text)\n", token=TOKEN, masks=masks)
    assert out == expected(f"github.{name}.txt", out)
    if not masks:
        assert seen(out) == bare(annotate(run))


@pytest.mark.parametrize("name", RUNS)
def test_what_the_runner_obeys_is_ours_and_the_text_is_shown_whole(name: str) -> None:
    run = RUNS[name]
    log = read_github(render_github(run, text_of(run), token=TOKEN, masks=["contoso-ai"]))
    assert {one.name for one in log.commands} <= {"add-mask", *LEVELS}
    assert log.named("add-mask") == [Command("add-mask", {}, "contoso-ai")]
    assert log.complaints == []
    assert "\n".join(log.shown).startswith(text_of(run))


@pytest.mark.parametrize(
    "text",
    ["::error::x", "  ::error::x", "a\r::error title=b::x", "\u00a0::error::x", "ok ##[error]x",
     "\u200d::error::x", "a\n##[error title=b;]x\n"],
)  # fmt: skip
def test_the_parser_finds_what_the_runner_would(text: str) -> None:
    assert [one.data for one in read_github(text).named("error")] == ["x"]
    stopped = read_github(render_github([samples.HEALTHY], text, token=TOKEN))
    assert stopped.commands == []


def test_the_parser_knows_how_commands_are_stopped() -> None:
    assert read_github("::stop-commands::error\n").complaints
    assert read_github("::stop-commands::\n").complaints
    assert read_github("::stop-commands::abc\n::error::x\n").commands == []
    assert read_github("::stop-commands::abc\n::ABC::\n::error::x\n").commands
    assert read_github("::stop-commands::abc\nx ##[abc]\n::error::x\n").commands
    assert read_github("::error::%2525%0A%250A").commands[0].data == "%25\n%0A"


@given(run=runs(), text=hostile)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_injected_ever(run: tuple[Report, ...], text: str) -> None:
    masks = identifying(run)
    log = read_github(out := render_github(run, text, token=TOKEN, masks=masks))
    assert log.complaints == []
    assert [one.data for one in log.named("add-mask")] == masks
    assert len(log.commands) == len(masks) + len(seen(out))
    told = [one.message.removesuffix(f"\n{HIDDEN_HERE}") for one in seen(out)]
    assert told == [one.message for one in annotate(run)]
    assert [one.title for one in seen(out)] == [one.title for one in annotate(run)]
    for one in seen(out):
        assert len(one.message) < 4096
        assert len(one.title) < 256
        assert "\n" not in one.title
    assert "planted-secret-value" not in "".join(masks)
    for level in LEVELS:
        assert sum(one.level == level for one in seen(out)) <= MOST


@given(title=hostile, message=hostile)
@settings(max_examples=200, deadline=None)
def test_an_annotation_is_read_back_as_it_was(title: str, message: str) -> None:
    if not title.strip() or title != title.strip() or title.startswith("="):
        title = f"x{title}x"
    line = command(Annotation("error", title, message))
    assert len(lines(line)) == 1
    assert github_line(line.removesuffix("\n"), REGISTERED) == Command(
        "error", {"title": title}, message
    )


@pytest.mark.parametrize(
    "token", ["", "error", "pause-logging", "short", "with space" * 3, "é" * 9]
)
def test_a_token_that_anybody_may_guess_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="16 to 128"):
        render_github([samples.HEALTHY], "x", token=token)


def test_a_text_that_knows_the_token_is_refused() -> None:
    for text in (f"::{TOKEN}::", f"x ##[{TOKEN.upper()}]"):
        with pytest.raises(ValueError, match="occurs in the text"):
            render_github([samples.HEALTHY], text, token=TOKEN)


def test_levels() -> None:
    def levels(*run: Report) -> list[tuple[str, str]]:
        return [(one.level, one.code) for one in annotate(run)]

    assert levels(samples.HEALTHY) == []
    assert levels(samples.KEY_AUTH_DISABLED) == [("error", "key-auth-disabled")]
    assert levels(SEVERAL_CAUSES) == [
        ("error", "key-auth-disabled"), ("error", "dns-timeout"), ("warning", "model-retiring"),
    ]  # fmt: skip
    assert levels(samples.INCONCLUSIVE) == [("error", "inconclusive")]
    assert levels(samples.FORK) == [("notice", "inconclusive")]
    assert levels(SKIPPED) == [("notice", "credentials-missing")]
    assert levels(*RUNS["accepted"]) == [
        ("notice", "key-auth-disabled"),
        ("notice", "endpoint.clock"),
    ]
    assert levels(samples.DEGRADED) == [
        ("warning", "service-unavailable"), ("warning", "model-retiring"),
    ]  # fmt: skip
    # A run that was told to look at one thing, and warns: nothing was skipped, nothing proved.
    only = replace(samples.DEGRADED, verdict=Verdict.INCONCLUSIVE, exit_code=0)
    assert [level for level, _ in levels(only)] == ["warning", "warning", "notice"]


def test_a_box_says_everything_by_itself() -> None:
    (one,) = annotate([samples.KEY_AUTH_DISABLED])
    assert one.title == "foundry-doctor: key-auth-disabled"
    first = one.message.splitlines()[0]
    assert first == "Key authentication is off on contoso-ai: no key can work."
    for needed in ("    az login --tenant ", "Cause: key-auth-disabled (certain)", "an Azure admin",
                   "apim-request-id 6c1e4a52-8f0d-4c1b-9a57-3f2b1d0e9c8a at 2026"):  # fmt: skip
        assert needed in one.message
    (one,) = annotate([samples.KEY_AUTH_DISABLED], shell="pwsh")
    assert "    Remove-Item Env:ANTHROPIC_FOUNDRY_API_KEY" in one.message
    (one,) = annotate([samples.DEPLOYMENT_NOT_FOUND], shell="pwsh")
    assert "\nIn bash:\n    az cognitiveservices " in one.message


def test_a_transient_failure_says_to_try_again() -> None:
    (one,) = annotate([samples.RATE_LIMITED])
    assert one.level == "error"
    assert one.title.endswith("(transient: try again)")
    assert "Transient: try again later." in one.message


def test_of_several_targets_each_box_names_its_own() -> None:
    first, second = annotate([samples.HEALTHY, PROD, samples.RATE_LIMITED])
    assert first.title == "foundry-doctor: key-auth-disabled on prod"
    assert second.title == "foundry-doctor: rate-limited on contoso-ai (transient: try again)"


def test_half_a_command_is_never_shown() -> None:
    one = samples.KEY_AUTH_DISABLED.diagnosis[0]
    long = replace(one, remedy=(replace(one.remedy[0], bash="az " + "x" * 900),))
    (box,) = annotate([replace(samples.KEY_AUTH_DISABLED, diagnosis=(long,))])
    assert "xxx" not in box.message
    assert "the command is long: it is in the log of this step" in box.message


def test_a_failure_that_no_playbook_knows_has_a_box_too() -> None:
    unknown = replace(samples.KEY_AUTH_DISABLED, diagnosis=())
    (one,) = annotate([unknown])
    assert (one.level, one.code) == ("error", "failing")
    assert one.message.startswith("key.accepted: 401 from Azure's front end\nkey.headers: ")
    many = replace(unknown, checks=samples.KEY_AUTH_DISABLED.checks * 4)
    assert annotate([many])[0].message.endswith("\n4 more: see the log of this step.")


def test_warnings_that_fail_the_step_say_so() -> None:
    first = annotate([replace(samples.DEGRADED, exit_code=4)])[0]
    assert "Only warnings, but --fail-on warning: claude-sonnet-5 answers" in first.message


@pytest.mark.parametrize("count", [10, 11, 40])
def test_never_more_than_ten_of_a_level(count: int) -> None:
    run = [samples.KEY_AUTH_DISABLED, samples.DEGRADED, *RUNS["accepted"]] * count
    found = annotate(run)
    for level, each in (("error", 1), ("warning", 2), ("notice", 2)):
        boxes = [one for one in found if one.level == level]
        assert len(boxes) == 10
        if each * count > 10:
            assert boxes[-1].title == f"foundry-doctor: {each * count - 9} more"
            assert "job summary" in boxes[-1].message
    assert [one.level for one in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10


def test_a_refusal_is_a_box() -> None:
    one = refusal("unknown flag --tire\r\nTry: foundry-doctor --help", 2)
    assert one.title == "foundry-doctor: wrong usage"
    assert one.message == "unknown flag --tire\nTry: foundry-doctor --help"
    defect = refusal("a defect of foundry-doctor: KeyError at x.py:3", 70)
    assert defect.title == "foundry-doctor: a defect of foundry-doctor"
    assert refusal("", 143).title == "foundry-doctor: terminated before the end"
    assert refusal("x", 9).title == "foundry-doctor: exit code 9"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("healthy", ("healthy", "", "false", "0")),
        ("failing", ("failing", "key-auth-disabled", "false", "1")),
        ("transient", ("failing", "rate-limited", "true", "5")),
        ("inconclusive", ("inconclusive", "", "false", "3")),
        ("degraded", ("degraded", "service-unavailable", "false", "0")),
        ("accepted", ("failing", "key-auth-disabled", "false", "0")),
        ("several-targets", ("failing", "key-auth-disabled", "false", "1")),
    ],
)
def test_outputs(name: str, values: tuple[str, ...]) -> None:
    outputs = github_outputs(RUNS[name], code_of(RUNS[name]))
    assert list(outputs) == ["verdict", "cause", "transient", "exit-code"]
    assert tuple(outputs.values()) == values


def test_outputs_without_a_report() -> None:
    outputs = github_outputs([], 2)
    assert dict(outputs) == {
        "verdict": "inconclusive", "cause": "", "transient": "false", "exit-code": "2",
    }  # fmt: skip


@given(values=st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), hostile))
@settings(max_examples=100, deadline=None)
def test_an_output_cannot_leave_its_value(values: dict[str, str]) -> None:
    found = read_outputs(github_output_lines(values, TOKEN))
    assert list(found) == list(values)
    for name, value in values.items():
        assert found[name].split() == value.split()


def test_outputs_that_could_be_left_are_refused() -> None:
    for name, value, delimiter in (
        ("a", f"x\n{TOKEN}\ny=z", TOKEN), ("a", "x", "EOF"), ("a<<b", "x", TOKEN),
        ("a\nb", "x", TOKEN), ("A", "x", TOKEN),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"delimiter|name"):
            github_output_lines({name: value}, delimiter)


def test_what_identifies_is_hidden() -> None:
    guid = "33333333-3333-4333-8333-333333333333"
    trace = "44444444-4444-4444-8444-444444444444"
    role = "55555555-5555-4555-8555-555555555555"
    report = replace(
        samples.KEY_AUTH_DISABLED,
        target=replace(samples.KEY_AUTH_DISABLED.target, tenant=samples.TENANT),
        checks=(
            samples.row("rbac.role", Status.FAIL, f"anna@contoso.example ({guid}) has no role",
                        evidence={"scope": f"/subscriptions/{guid}/resourceGroups/RG-AI/providers"
                                  "/Microsoft.CognitiveServices/accounts/contoso-eu",
                                  "role": f"/roleDefinitions/{role}", "traceId": trace,
                                  "host": "my-gate.azure-api.net and eastus2.api.microsoft.com"}),
        ),
    )  # fmt: skip
    assert set(identifying([report])) == {
        "contoso-ai", samples.TENANT, "22222222-2222-4222-8222-222222222222", "rg-ai", "RG-AI",
        guid, "contoso-eu", "anna@contoso.example", "my-gate",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["default", "key", "failing", "key-auth", "10.0.0.7", "localhost"])
def test_what_names_nothing_or_is_needed_is_not_hidden(name: str) -> None:
    target = replace(samples.TARGET, resource=name, host=None, base_url=None, resource_group=name)
    report = replace(samples.KEY_AUTH_DISABLED, target=target)
    assert name not in identifying([report])


def test_a_host_of_ones_own_is_hidden_whole() -> None:
    target = replace(samples.TARGET, resource=None, host="llm.corp.example", base_url=None)
    assert "llm.corp.example" in identifying([replace(samples.HEALTHY, target=target)])


def test_no_secret_is_printed_to_be_hidden() -> None:
    key = samples.KEY
    target = replace(
        samples.TARGET, resource=key, tenant=key[:12], resource_group=f"rg-{key}",
        bearer=Secret("11111111-2222-4333-8444-555555555555"),
        subscription="11111111-2222-4333-8444-555555555555",
    )  # fmt: skip
    assert identifying([replace(samples.HEALTHY, target=target)]) == ["contoso-ai"]
    report = replace(samples.LONG_NAMES, target=replace(samples.LONG_NAMES.target, host=None))
    out = render_github([report], text_of((report,)), token=TOKEN, masks=identifying([report]))
    assert key not in out
    url = "https://someone:hunter22hunter@llm.corp.example/x"
    told = replace(samples.HEALTHY, exchanges=(samples.call("x1", 200, url=url),))
    assert not any("hunter22" in one for one in identifying([told]))


def test_stars_are_explained_where_they_are_put() -> None:
    out = render_github([samples.KEY_AUTH_DISABLED], "x", token=TOKEN, masks=["contoso-ai"])
    (one,) = seen(out)
    assert one.message.endswith(f"\n{HIDDEN_HERE}")
    out = render_github([samples.KEY_AUTH_DISABLED], "x", token=TOKEN, masks=["something-else"])
    assert HIDDEN_HERE not in out
