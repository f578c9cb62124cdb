"""Nouns behave as frozen dataclasses do."""

from __future__ import annotations

from typing import ClassVar

import pytest

from foundry_doctor.noun import Noun, replace


class Point(Noun):
    """Two numbers."""

    x: int
    y: int = 0
    tags: tuple[str, ...] = ()


class Sealed(Noun):
    """Something not to be shown."""

    hidden: ClassVar = ("value",)
    name: str
    value: str


def test_values_defaults_and_keywords() -> None:
    assert (Point(1).x, Point(1).y, Point(1, y=2).y, Point(x=1).tags) == (1, 0, 2, ())


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2, (), 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1})]
)
def test_wrong_calls_are_type_errors(args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Point(*args, **kwargs)  # type: ignore[arg-type]


def test_frozen() -> None:
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x


def test_equality_and_hash_are_by_value_and_type() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1) != Sealed("1", "")
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_repr_names_the_fields_and_hides_what_is_hidden() -> None:
    assert repr(Point(1)) == "Point(x=1, y=0, tags=())"
    assert repr(Sealed("a", "secret")) == "Sealed(name='a', value=...)"


def test_replace() -> None:
    assert replace(Point(1), y=5) == Point(1, 5)
    with pytest.raises(TypeError):
        replace(Point(1), z=5)
