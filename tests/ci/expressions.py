"""The few expressions of action.yml, evaluated as GitHub's documentation says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Union

Value = Union[str, bool]
_TOKEN = re.compile(r"\s*(\|\||&&|==|!=|!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][\w.-]*)")
_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = re.compile(r"\b(?:always|success|failure|cancelled)\(\)")


class Expressions:
    """`names` holds every value by its full name, `steps.run.outputs.verdict`."""

    def __init__(self, names: Mapping[str, str], *, failed: bool) -> None:
        self._names = names
        self._status = {"always": True, "success": not failed, "failure": failed}
        self._status["cancelled"] = False
        self._tokens: list[str] = []

    def fill(self, text: str) -> str:
        """A text with each `${{ … }}` replaced by its value, once: values are not read again."""
        return _HOLE.sub(lambda hole: _text(self.value(hole.group(1))), text)

    def holds(self, condition: str | None) -> bool:
        """Whether a step runs; without a status function it needs success so far."""
        if condition is None:
            return self._status["success"]
        condition = _HOLE.sub(lambda hole: hole.group(1), condition)
        found = bool(self.value(condition))
        return found if STATUS.search(condition) else found and self._status["success"]

    def value(self, text: str) -> Value:
        """The value of one expression; AssertionError for what is not understood."""
        self._tokens, at = [], 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            assert match, f"expression not understood: {text[at:]!r}"
            self._tokens.append(match.group(1))
            at = match.end()
        found = self._either()
        assert not self._tokens, f"left over: {self._tokens}"
        return found

    def _next(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[0] in wanted:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> Value:
        left = self._both()
        while self._next("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Value:
        left = self._compared()
        while self._next("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Value:
        left = self._one()
        if self._next("=="):
            return _text(left).lower() == _text(self._one()).lower()
        if self._next("!="):
            return _text(left).lower() != _text(self._one()).lower()
        return left

    def _one(self) -> Value:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            found = self._either()
            assert self._next(")")
            return found
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next("("):
            assert self._next(")"), f"{token}() takes nothing here"
            return self._status[token]
        if token in ("true", "false"):
            return token == "true"
        assert token.startswith(("inputs.", "steps.")), f"unknown context: {token}"
        return self._names.get(token, "")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else str(value).lower()
