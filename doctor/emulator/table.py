"""Reading one JSON object strictly: typed entries, and nothing that nobody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast, get_args

from .errors import ScenarioError

T = TypeVar("T")


class Table:
    """One JSON object being read; `done()` refuses the keys that nobody asked for."""

    def __init__(self, data: object, file: str, key: str = "") -> None:
        if not isinstance(data, Mapping):
            raise ScenarioError(file, key, f"must be an object, not {_kind(data)}")
        self.data: Mapping[str, object] = data
        self.file = file
        self.key = key
        self.known: list[str] = []

    def place(self, name: str) -> str:
        """The dotted name of an entry."""
        return f"{self.key}.{name}" if self.key else name

    def error(self, name: str, problem: str) -> ScenarioError:
        """A schema error at an entry of this object."""
        return ScenarioError(self.file, self.place(name), problem)

    def take(self, name: str) -> object:
        """The raw value, None when absent; declares the key as known."""
        self.known.append(name)
        return self.data.get(name)

    def has(self, name: str) -> bool:
        """Whether the key is present, be it null."""
        return name in self.data

    def text(self, name: str, default: str | None = None) -> str:
        """A non-empty string; without a default it is required."""
        value = self.take(name)
        if value is None and name not in self.data and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise self.error(name, f"must be a non-empty string, not {_kind(value)}")
        return value

    def optional_text(self, name: str, default: str | None = None) -> str | None:
        """A string, or null."""
        if name not in self.data:
            self.known.append(name)
            return default
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise self.error(name, f"must be a string or null, not {_kind(value)}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self.take(name) if self.has(name) else self._absent(name, default)
        if not isinstance(value, bool):
            raise self.error(name, f"must be true or false, not {_kind(value)}")
        return value

    def whole(self, name: str, default: T, low: int, high: int) -> int | T:
        """A whole number within bounds."""
        if not self.has(name):
            return self._absent(name, default)
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(name, f"must be a whole number from {low} to {high}")
        return value

    def seconds(self, name: str, default: T, low: float, high: float) -> float | T:
        """A number of seconds within bounds."""
        if not self.has(name):
            return self._absent(name, default)
        value = self.take(name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not low <= cast("float", value) <= high:
            raise self.error(name, f"must be a number of seconds from {low:g} to {high:g}")
        return float(cast("float", value))

    def choice(self, name: str, default: T, allowed: object) -> T:
        """One of the strings of a Literal type."""
        options = get_args(allowed)
        value = self.take(name) if self.has(name) else self._absent(name, default)
        if value not in options:
            raise self.error(name, "must be one of " + ", ".join(options))
        return cast("T", value)

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of strings."""
        if not self.has(name):
            return self._absent(name, default)
        value = self.take(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(name, "must be a list of strings")
        return tuple(value)

    def tables(self, name: str) -> list[Table] | None:
        """A list of objects, None when absent."""
        value = self.take(name)
        if value is None and name not in self.data:
            return None
        if not isinstance(value, list):
            raise self.error(name, "must be a list of objects")
        return [Table(one, self.file, f"{self.place(name)}.{at}") for at, one in enumerate(value)]

    def named_tables(self, name: str) -> dict[str, Table]:
        """An object of objects; empty when absent."""
        outer = self.table(name)
        if outer is None:
            return {}
        return {key: Table(outer.data[key], outer.file, outer.place(key)) for key in outer.data}

    def table(self, name: str) -> Table | None:
        """A nested object, None when absent or null."""
        value = self.take(name)
        return None if value is None else Table(value, self.file, self.place(name))

    def done(self) -> None:
        """Refuse unknown keys, naming the first and what is known."""
        for name in self.data:
            if name not in self.known:
                known = ", ".join(sorted(self.known))
                raise self.error(str(name), f"unknown key; known here: {known}")

    def _absent(self, name: str, default: T) -> T:
        self.known.append(name)
        return default


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    if value is None:
        return "null or nothing"
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else "that")
