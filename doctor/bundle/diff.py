"""What changed between two reports, in words, most likely to matter first.

Pure: two documents as `run -o json` prints them, whoever made them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..noun import Noun
from .diff_rows import compare_rows
from .diff_timings import compare_timings
from .diff_values import Document, alike, field, guessed, mapping, objects, pair, said, short

AREAS = (
    "cause", "target", "dns", "proxy", "ca", "identity", "role", "deployment", "network", "checks",
    "versions", "timings",
)  # fmt: skip
"""In the order in which they are told."""
_TARGET = (
    ("resource", "target"), ("endpoint", "target"), ("cloud", "target"), ("auth", "identity"),
    ("deployments", "deployment"), ("subscription", "target"), ("resource_group", "target"),
    ("region", "target"),
)  # fmt: skip
_SOURCES = {"key": "identity", "auth": "identity", "tenant": "identity", "scope": "identity",
            "token": "identity", "deployments": "deployment"}  # fmt: skip


class Difference(Noun):
    """One difference. `a` and `b` are the two values, empty where there is none."""

    area: str
    what: str
    a: str
    b: str
    target: str = ""
    """Which of several targets it is about."""

    @property
    def text(self) -> str:
        """The difference in words."""
        about = f"{self.target}: " if self.target else ""
        a, b = pair(self.a, self.b)
        return f"{about}{self.what}: {a or 'none'} -> {b or 'none'}"


class NotCompared(Noun):
    what: str
    why: str


class Comparison(Noun):
    """Everything two documents differ in, and what could not be compared."""

    differences: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...] = ()


def compare(one: Sequence[Document], two: Sequence[Document]) -> Comparison:
    """Compare the reports of two documents; several targets are told apart by their names."""
    if len(one) == len(two) == 1:
        return _ordered([_pair(one[0], two[0])])
    left, right = ({_name(report): report for report in side} for side in (one, two))
    found = [_pair(left[name], right[name], name) for name in left if name in right]
    lonely = [
        Difference("target", f"target {name}", _there(name in left), _there(name in right))
        for name in dict.fromkeys([*left, *right])
        if (name in left) != (name in right)
    ]  # fmt: skip
    return _ordered([*found, Comparison(tuple(lonely))])


def _name(report: Document) -> str:
    target = mapping(report, "target")
    named = (said(target.get(key)) for key in ("name", "resource", "endpoint"))
    return short(next((name for name in named if name), "unnamed"))


def _there(examined: bool) -> str:
    return "examined" if examined else ""


def _ordered(found: Sequence[Comparison]) -> Comparison:
    every = [one for comparison in found for one in comparison.differences]
    every.sort(key=lambda one: AREAS.index(one.area))  # stable: within an area as found
    seen = {(one.target, one.what, one.a, one.b): one for one in reversed(every)}
    open_ = [one for comparison in found for one in comparison.not_compared]
    return Comparison(
        tuple(one for one in every if seen.get((one.target, one.what, one.a, one.b)) is one),
        tuple(dict.fromkeys(open_)),
    )


def _pair(one: Document, two: Document, target: str = "") -> Comparison:
    """Two reports on the same target."""
    every = list(_everything(one, two))
    differences = [
        Difference(area, what, a, b, target) for area, what, a, b in every if not alike(a, b)
    ]
    open_ = []
    if not _same_salt(one, two) and _by_key(one) and _by_key(two):
        open_.append(NotCompared("the keys", "give both runs the same --fingerprint-salt"))
    if any(alike(a, b) and guessed(a, b) for _, _, a, b in every):
        open_.append(NotCompared("what a bundle hides", "compare the reports of `run -o json`"))
    return Comparison(tuple(differences), tuple(open_))


def _everything(one: Document, two: Document) -> Iterator[tuple[str, str, str, str]]:
    """(area, what, a, b) of all that is compared; equal pairs among them."""
    yield "cause", "verdict and root cause", _root(one), _root(two)
    yield "cause", "further causes", _further(one), _further(two)
    yield (
        "cause",
        "report cut short",
        said(field(one, "error", "kind")),
        said(field(two, "error", "kind")),
    )
    for name, area in _TARGET:
        yield (
            area,
            name.replace("_", " "),
            said(field(one, "target", name)),
            said(field(two, "target", name)),
        )
    for name, a, b in _keys(one, two, "target", "provenance"):
        yield _SOURCES.get(name, "target"), f"source of {name}", a, b
    for area, place in (("proxy", "proxy"), ("ca", "ca")):
        for name, a, b in _keys(one, two, "vantage", place):
            yield area, name if name != "trust" else "trusted CAs", a, b
    if _same_salt(one, two):
        a, b = (said(field(side, "target", "fingerprint", "value")) for side in (one, two))
        yield "identity", "the key (its fingerprint)", a, b
    yield from compare_rows(one, two)
    for name in ("x_ms_region", "http_version"):
        a, b = _set(one, name), _set(two, name)
        if a and b:  # else nothing answered on one side, which the cause tells
            yield "network", name.replace("_", "-"), a, b
    yield "checks", "tier", said(field(one, "run", "tier")), said(field(two, "run", "tier"))
    yield (
        "versions",
        "foundry-doctor",
        said(field(one, "tool", "version")),
        said(field(two, "tool", "version")),
    )
    for name in ("os", "python"):
        yield "versions", name, said(field(one, "vantage", name)), said(field(two, "vantage", name))
    for name, a, b in _keys(one, two, "vantage", "clients"):
        yield "versions", name, a, b
    yield from compare_timings(one, two)


def _root(report: Document) -> str:
    verdict = said(report.get("verdict")) or "no verdict"
    for one in objects(report, "diagnosis")[:1]:
        subjects = said(one.get("subjects"))
        about = f" for {subjects}" if subjects else ""
        return f"{verdict}: {said(one.get('cause'))} ({said(one.get('confidence'))}){about}"
    return verdict


def _further(report: Document) -> str:
    return ", ".join(sorted({said(one.get("cause")) for one in objects(report, "diagnosis")[1:]}))


def _set(report: Document, name: str) -> str:
    """The values that the calls to the endpoint itself show."""
    home = said(field(report, "target", "endpoint"))
    calls = [one for one in objects(report, "exchanges") if home and _url(one).startswith(home)]
    return ", ".join(sorted({said(one.get(name)) for one in calls if one.get(name)}))


def _url(exchange: Document) -> str:
    return said(exchange.get("url"))


def _keys(one: Document, two: Document, *names: str) -> Iterator[tuple[str, str, str]]:
    a, b = mapping(one, *names), mapping(two, *names)
    for key in dict.fromkeys([*a, *b]):
        yield short(said(key), 80), said(a.get(key)), said(b.get(key))


def _by_key(report: Document) -> bool:
    return said(field(report, "target", "auth")) == "key"


def _same_salt(one: Document, two: Document) -> bool:
    a, b = (said(field(side, "target", "fingerprint", "check")) for side in (one, two))
    return a != "" and a == b
