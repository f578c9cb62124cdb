"""Frozen nouns that cost next to nothing to define.

`dataclass(frozen=True)` compiles half a dozen functions for each class; with some fifty nouns that
was a sixth of a healthy run's own time (tests/bench/cost.py). Type checkers see a frozen
dataclass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> object:
        """Only a type checker reads it."""
        return lambda cls: cls


AnyNoun = TypeVar("AnyNoun", bound="Noun")


@dataclass_transform(frozen_default=True)
class Noun:
    """Base of a noun: fields are the annotations, defaults the class attributes.

    A default must be immutable (the shared `EMPTY` for a mapping). Instances compare by value,
    and setting an attribute raises AttributeError. `hidden` names fields whose value `repr` does
    not show, because secrets stand in them.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        # inspect.get_annotations would do the same for an import that costs a millisecond.
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
        fields = (name for name, kind in own.items() if not str(kind).startswith("ClassVar"))
        cls._fields = tuple(dict.fromkeys((*cls._fields, *fields)))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields = self._fields
        given = self.__dict__
        given.update(zip(fields, args))  # noqa: B905 - too many is an error below, too few is not
        given.update(kwargs)
        if len(given) == len(fields) == len(args) + len(kwargs):
            return
        self._complete(args, kwargs)

    def _complete(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Defaults for what was not given. Raises TypeError as a dataclass would."""
        fields, name = self._fields, type(self).__name__
        if len(args) > len(fields):
            raise TypeError(f"{name} takes {len(fields)} values, {len(args)} were given")
        twice = set(fields[: len(args)]) & kwargs.keys()
        unknown = kwargs.keys() - set(fields)
        if twice or unknown:
            raise TypeError(f"{name}: given twice or unknown: {', '.join(sorted(twice | unknown))}")
        given = self.__dict__
        for field in fields:
            if field not in given:
                if field not in type(self).__dict__ and not hasattr(type(self), field):
                    raise TypeError(f"{name} needs {field}")
                given[field] = getattr(type(self), field)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: use replace()")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *(self.__dict__[name] for name in self._fields)))

    def __repr__(self) -> str:
        values = {name: repr(self.__dict__[name]) for name in self._fields}
        values.update(dict.fromkeys(self.hidden, "..."))
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        return f"{type(self).__name__}({shown})"


def replace(noun: AnyNoun, **changes: Any) -> AnyNoun:
    """A copy with some fields changed. Raises TypeError for a field that does not exist."""
    return type(noun)(**{**noun.__dict__, **changes})
