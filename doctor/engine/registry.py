"""Checks: what one declares, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from ..errors import DoctorError
from ..model import Finding, Target
from ..noun import Noun

if TYPE_CHECKING:
    from ..context import Context

Question = Callable[["Context"], Union[Finding, Iterable[Finding]]]
Condition = Mapping[str, Any]

FAMILIES = (
    "config", "dns", "endpoint", "key", "token", "rbac", "deployment", "region", "inference",
)  # fmt: skip
"""The contract's families, in the order in which they run where needs leave a choice."""
TIERS = ("offline", "free", "paid")
LAST = 1000
"""Rank of what judges what the other checks have seen."""


class RegistryError(DoctorError):
    """Two checks with one id, an unknown need, or needs in a circle."""


class Check(Noun):
    """One question. `title` is a statement that a tick completes.

    `needs` names checks that must not have failed before this one runs. `follows` makes it a
    follow-up: it runs only after a failure whose facts meet one of these conditions (each a
    mapping of fact to a value, to a tuple of values any of which will do, or to a predicate; an
    absent fact is None). `rules_out` names causes that its pass excludes. `tier` is the lowest
    tier that allows it. `limit` bounds it in seconds. Where `applies` says no, there is no row.
    """

    id: str
    title: str
    question: Question
    needs: tuple[str, ...] = ()
    follows: tuple[Condition, ...] = ()
    rules_out: tuple[str, ...] = ()
    tier: str = "free"
    limit: float | None = None
    rank: int = 50
    """Lower runs earlier, among checks of one family that needs leave free; from LAST on, after
    every other check."""
    applies: Callable[[Target], bool] | None = None
    origin: str = "built-in"

    @property
    def family(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def doc(self) -> str:
        """The question's docstring: what it does, in the author's words."""
        import inspect

        return inspect.getdoc(self.question) or ""


def check(
    id: str,  # noqa: A002 - the field's own word
    title: str,
    *,
    needs: Sequence[str] = (),
    follows: Sequence[Condition] = (),
    rules_out: Sequence[str] = (),
    tier: str = "free",
    limit: float | None = None,
    rank: int = 50,
    applies: Callable[[Target], bool] | None = None,
) -> Callable[[Question], Check]:
    """Declare a check: the decorated function becomes its `Check`.

    Raises RegistryError for a field that cannot be.
    """

    def declare(question: Question) -> Check:
        made = Check(
            id,
            title,
            question,
            tuple(needs),
            tuple(follows),
            tuple(rules_out),
            tier,
            limit,
            rank,
            applies,
        )
        _refuse_impossible(made)
        return made

    return declare


def _refuse_impossible(one: Check) -> None:
    """Raises RegistryError; a plug-in may build its Check without the decorator."""
    if not isinstance(one.id, str) or not one.id.strip() or not isinstance(one.title, str):
        raise RegistryError(f"a check needs an id and a title in text, not {one.id!r}")
    if one.tier not in TIERS:
        raise RegistryError(f"check {one.id}: unknown tier {one.tier!r}; known: {', '.join(TIERS)}")
    if not callable(one.question):
        raise RegistryError(f"check {one.id}: its question is not a function")


def in_order(checks: Iterable[Check]) -> list[Check]:
    """Checks so that each comes after its needs; otherwise offline first, by family, then by id.

    Raises RegistryError for a field that cannot be, a duplicate id, an unknown need or a circle.
    """
    known: dict[str, Check] = {}
    for one in checks:
        _refuse_impossible(one)
        if one.id in known:
            raise RegistryError(
                f"two checks are called {one.id} ({known[one.id].origin}, {one.origin})"
            )
        known[one.id] = one
    for one in known.values():
        missing = [need for need in one.needs if need not in known]
        if missing:
            raise RegistryError(f"check {one.id} needs unknown checks: {', '.join(missing)}")
    ordered: list[Check] = []
    done: set[str] = set()
    waiting = sorted(known.values(), key=_rank)
    while waiting:
        ready = next((one for one in waiting if done.issuperset(one.needs)), None)
        if ready is None:
            circle = ", ".join(one.id for one in waiting)
            raise RegistryError(f"these checks need each other in a circle: {circle}")
        waiting.remove(ready)
        ordered.append(ready)
        done.add(ready.id)
    return ordered


def _rank(one: Check) -> tuple[bool, bool, int, int, str]:
    # What needs no packet comes first: it decides whether any packet leaves.
    family = FAMILIES.index(one.family) if one.family in FAMILIES else len(FAMILIES)
    return (one.tier != "offline", one.rank >= LAST, family, one.rank, one.id)


def met(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether facts meet a follow-up's condition."""
    for name, wanted in condition.items():
        value = facts.get(name)
        if callable(wanted):
            if not wanted(value):
                return False
        elif value not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            return False
    return True
