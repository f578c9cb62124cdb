"""Any report that the nouns allow, with the worst texts that could reach one."""

from __future__ import annotations

from hypothesis import strategies as st

from foundry_doctor.model import (
    Confidence,
    Diagnosis,
    ErrorInfo,
    Exchange,
    NotCovered,
    Remedy,
    Report,
    ReportError,
    Result,
    RuledOut,
    Run,
    Status,
    Target,
    Timings,
    Undecided,
    Vantage,
    Verdict,
)
from foundry_doctor.secret import Secret

NASTY = (
    "\x1b[31mred\x1b[0m", "\x9b2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link", "\r\n",
    "::error file=a::b", "##vso[task.complete]", "##[group]x", "\u202eabc", "\u2066", "\ud800",
    "\udfff", "\x00", "\x7f", "\x85", "\u2028", "\ufeff", "[bold]x[/]", ":smile:", "表記" * 20,
    "e\u0301", "👩\u200d💻", "\t", "x" * 300, "word " * 80, "", "'; rm -rf x", "\x0b\x0c\x1c\x1f",
)  # fmt: skip

UNSAFE = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
"""What may stand in no output: every control but the line break, and what reorders a line."""

plain = st.text(alphabet=st.characters(codec=None), max_size=40)
texts = st.one_of(
    plain,
    st.sampled_from(NASTY),
    st.lists(st.one_of(plain, st.sampled_from(NASTY)), max_size=4).map("".join),
)
maybe = st.none() | texts
words = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
numbers = st.floats(allow_nan=True, allow_infinity=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
evidence = st.dictionaries(texts, json_values, max_size=3)
facts = st.dictionaries(
    texts, st.none() | texts | st.booleans() | st.lists(texts, max_size=2).map(tuple), max_size=2
)
names = st.sampled_from(["x1", "x2", "x3"])
times = st.sampled_from(["2026-11-22T02:04:10Z", "not a time", ""])


def tuples(of: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    """A tuple of some of them."""
    return st.lists(of, max_size=most).map(tuple)


steps = st.builds(Remedy, text=texts, bash=maybe, pwsh=maybe, url=maybe, who=maybe)
diagnoses = st.builds(
    Diagnosis,
    cause=words,
    confidence=st.sampled_from(Confidence),
    title=texts,
    summary=texts,
    playbook=words,
    who=st.sampled_from(["caller", "azure-admin", "vendor", "somebody else"]),
    transient=st.booleans(),
    subjects=tuples(texts, 6),
    because=tuples(texts),
    ruled_out=tuples(st.builds(RuledOut, cause=words, because=texts)),
    undecided=tuples(st.builds(Undecided, cause=words, decided_by=texts)),
    checks=tuples(st.sampled_from(["dns.resolve", "key.accepted"])),
    remedy=tuples(steps),
    verify=texts,
)
results = st.builds(
    Result,
    id=st.sampled_from(["dns.resolve", "key.accepted", "acme.x"]) | texts,
    title=texts,
    status=st.sampled_from(Status),
    summary=texts,
    subject=maybe,
    cause=st.none() | words,
    blocked_by=maybe,
    facts=facts,
    evidence=evidence,
    exchanges=tuples(names),
    duration_ms=numbers,
)
errors = st.builds(
    ErrorInfo,
    layer=st.sampled_from(["gateway", "anthropic", "apim", "proxy", "arm", "entra", "unknown"]),
    code=maybe,
    message=maybe,
)
exchanges = st.builds(
    Exchange,
    id=names,
    purpose=texts,
    method=texts,
    url=texts,
    sent_at=times,
    status=st.none() | st.integers(100, 599),
    request_id=maybe,
    apim_request_id=maybe,
    client_request_id=maybe,
    x_ms_region=maybe,
    server_date=st.none() | times,
    timings=st.builds(Timings, *[st.none() | numbers] * 6),
    remote_address=maybe,
    http_version=maybe,
    error=st.none() | errors,
    outcome=texts,
)
targets = st.builds(
    Target,
    name=maybe,
    resource=maybe,
    base_url=maybe,
    host=maybe,
    cloud=texts,
    auth=st.sampled_from(["auto", "key", "entra"]),
    mode=st.sampled_from([None, "key", "entra"]),
    key=st.none() | st.just(Secret("planted-secret-value")),
    deployments=tuples(texts, 5),
    subscription=maybe,
    region=maybe,
    provenance=st.dictionaries(
        st.sampled_from(["resource", "key", "auth", "base_url", "deployments"]) | texts, texts
    ),
)
reports = st.builds(
    Report,
    tool_version=texts,
    run=st.builds(
        Run,
        id=texts,
        started_at=times,
        duration_ms=numbers,
        tier=st.sampled_from(["offline", "free", "paid"]),
        calls=st.integers(0, 99),
        tokens_billed=st.integers(0, 99),
    ),
    vantage=st.builds(
        Vantage,
        os=texts,
        python=texts,
        proxy=evidence,
        ca=evidence,
        clients=st.dictionaries(texts, texts, max_size=2),
    ),
    target=targets,
    verdict=st.sampled_from(Verdict),
    exit_code=st.sampled_from([0, 1, 3, 4, 5, 70, 130, 143, 9]),
    error=st.none()
    | st.builds(
        ReportError,
        kind=st.sampled_from(["usage", "interrupted", "terminated", "internal"]),
        message=texts,
    ),
    covered=tuples(texts),
    not_covered=tuples(st.builds(NotCovered, what=texts, how=texts)),
    diagnosis=tuples(diagnoses),
    checks=tuples(results, 5),
    exchanges=tuples(exchanges),
)
