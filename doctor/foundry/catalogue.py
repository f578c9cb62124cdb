"""The shipped, dated list of models, and what a deployment's name looks like beside it.

A fallback only: where Resource Manager answers, its list is the truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..noun import Noun

_DATED = re.compile(r"-(20\d{6})$")
_BEDROCK = re.compile(r"^(?:(?:us|eu|apac|global|au|jp)\.)?anthropic\.|^arn:aws:bedrock|-v\d+:\d+$")
_VERTEX = re.compile(r"^claude-[a-z0-9-]+@(20\d{6}|latest|default)$")
_ALIASES = {"opus", "sonnet", "haiku", "fable", "default", "best", "opusplan", "claude"}


class Name(Noun):
    """`form` is a value of the fact `deployment.form`; `suggestion` the nearest known id."""

    form: str
    suggestion: str | None = None


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Any]:
    """The shipped document: `as_of`, `sources`, `models`."""
    document: Mapping[str, Any] = json.loads(
        files("foundry_doctor.foundry").joinpath("catalogue.json").read_text("utf-8")
    )
    return document


def judge(name: str) -> Name:
    """What a deployment's name looks like: a plain name, or the id of a model somewhere else."""
    models = catalogue()["models"]
    lowered = name.lower()
    if lowered in models:
        retired = models[lowered].get("retired")
        if retired:
            return Name("retired-id", models[lowered].get("successor"))
        return Name("known-id", None if name == lowered else lowered)
    if lowered in _ALIASES:
        return Name("alias", nearest(f"claude-{lowered}"))
    if _BEDROCK.search(lowered):
        return Name("bedrock-id", _known(_bare(lowered)))
    if _VERTEX.match(lowered):
        return Name("vertex-id", _known(lowered.split("@")[0]))
    if lowered.startswith("claude-") and _DATED.search(lowered):
        return Name("dated-id", _known(_DATED.sub("", lowered)))
    return Name("plain", nearest(lowered))


def _bare(name: str) -> str:
    name = name.rsplit("/", 1)[-1]
    name = re.sub(r"^(?:[a-z]+\.)?anthropic\.", "", name)
    name = re.sub(r"-v\d+(?::\d+)?$", "", name)
    return _DATED.sub("", name)


def _known(name: str) -> str | None:
    return name if name in catalogue()["models"] else nearest(name)


def nearest(name: str) -> str | None:
    """The known id that a name was probably meant to be, or None when nothing is close."""
    from difflib import get_close_matches

    normal = re.sub(r"[\s_.]+", "-", name.lower())
    models = list(catalogue()["models"])
    if normal in models:
        return normal
    close = get_close_matches(normal, models, n=1, cutoff=0.84)
    return close[0] if close else None
