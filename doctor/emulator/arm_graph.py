"""Resource Graph, as much as finding an account needs: `where` with equality, and the rest passed.

[learn.microsoft.com resource-graph rest]: `{totalRecords, count, resultTruncated, data}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_WHERE = re.compile(r"([A-Za-z_][\w.]*)\s*(=~|==)\s*['\"]([^'\"]*)['\"]")


def answer(query: str, resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The reply to a query: the resources that meet every equality in it."""
    found = list(resources)
    for path, operator, value in _WHERE.findall(query):
        found = [one for one in found if _equal(_lookup(one, path), operator, value)]
    for one in found:
        # Resource Graph prints types in lower case, and what the caller asks by.
        one["type"] = one["type"].lower()
        parts = one["id"].split("/")
        one |= {"subscriptionId": parts[2], "resourceGroup": parts[4].lower()}
    return {
        "totalRecords": len(found),
        "count": len(found),
        "resultTruncated": "false",
        "facets": [],
        "data": found,
    }


def _lookup(resource: dict[str, Any], path: str) -> object:
    value: object = resource
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = {key.lower(): inner for key, inner in value.items()}.get(part.lower())
    return value


def _equal(value: object, operator: str, wanted: str) -> bool:
    text = str(value)
    return text.lower() == wanted.lower() if operator == "=~" else text == wanted
