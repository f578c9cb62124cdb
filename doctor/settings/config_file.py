"""`foundry-doctor.yaml`: reading it, and naming every problem in it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import FileProblems, UsageError
from .config_fields import TARGET, TARGET_NAME, TOP
from .config_policy import defaults, expectations, suppressions
from .config_reader import Fields, Reader
from .keys import looks_secret
from .located import compose
from .sources import FILE_NAME, ConfigFile, Layer

_LIMIT = 1 << 20
_NULL = "tag:yaml.org,2002:null"
_ADVICE = (
    f"`foundry-doctor init` writes an example of {FILE_NAME}, "
    "`foundry-doctor schema config` prints its JSON Schema."
)


def read_config(path: Path, shown: str) -> ConfigFile:
    """Read a config file.

    Raises UsageError when it cannot be read, and FileProblems with all that is wrong in it, each
    entry `file:line:column: …`. No message repeats a value: it could be a key in a wrong place.
    """
    root = compose(_bytes(path, shown), shown)
    reader = Reader(shown)
    empty = root is None or (root.tag == _NULL and not root.value)
    top = {} if root is None or empty else reader.mapping(root, TOP, "the file")
    targets = dict(_targets(reader, top))
    found = ConfigFile(
        path,
        shown,
        _layer(reader, top),
        {name: _layer(reader, fields) for name, fields in targets.items()},
        _folders(reader, top, path.parent),
        {None: expectations(reader, top)}
        | {name: expectations(reader, fields) for name, fields in targets.items()},
        suppressions(reader, top, tuple(targets)),
        defaults(reader, top),
    )
    if reader.problems:
        ordered = [text for _, text in sorted(reader.problems, key=lambda item: item[0])]
        raise FileProblems(ordered, advice=_ADVICE)
    return found


def _targets(reader: Reader, top: Fields) -> Iterator[tuple[str, Fields]]:
    """The entries of `targets:`."""
    node = top.get("targets")
    if node is None:
        return
    for key, name, value in reader.pairs(node, "targets"):
        if not re.match(TARGET_NAME, name) or looks_secret(name):
            reader.add(key, "a target's name is made of letters, digits, dots and hyphens")
        else:
            yield name, reader.mapping(value, TARGET, f"target {name}")


def _layer(reader: Reader, fields: Fields) -> Layer:
    """The settings of the top level or of one target."""
    return Layer(
        resource=reader.setting(fields, "resource"),
        base_url=reader.setting(fields, "base_url"),
        deployments=reader.settings(fields, "deployments"),
        auth=reader.setting(fields, "auth"),
        cloud=reader.setting(fields, "cloud"),
        scope=reader.setting(fields, "scope"),
        tenant=reader.setting(fields, "tenant"),
        subscription=reader.setting(fields, "subscription"),
        resource_group=reader.setting(fields, "resource_group"),
        key_env=reader.setting(fields, "key_env"),
    )


def _folders(reader: Reader, top: Fields, base: Path) -> tuple[Path, ...]:
    """The folders of playbooks, which must exist: a mistyped one would silently hold none."""
    found = []
    for node in reader.items(top, "playbooks"):
        try:
            path = base / str(node.value)
            if path.is_dir():
                found.append(path)
                continue
        except (OSError, ValueError):
            pass
        reader.add(node, "there is no such folder (playbooks are looked for beside this file)")
    return tuple(found)


def _bytes(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LIMIT + 1)
    except FileNotFoundError as error:
        advice = "Check the path given to --config, or write a file with `foundry-doctor init`."
        raise UsageError(f"{shown}: there is no such file", advice=advice) from error
    except IsADirectoryError as error:
        advice = f"Name the file itself, for example --config {shown}/{FILE_NAME}."
        raise UsageError(f"{shown}: this is a folder", advice=advice) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a possible path"
        advice = "Make the file readable for this user, or name another with --config."
        raise UsageError(f"{shown}: cannot be read ({why})", advice=advice) from error
    if len(raw) > _LIMIT:
        raise UsageError(f"{shown}: larger than 1 MiB", advice="Name a config file with --config.")
    return raw
