"""No log record of the sign-in libraries leaves them: they log requests, and msal tokens' parts.

azure-identity logs at INFO and DEBUG who signed in, azure-core each request's headers, msal cache
events and answers of metadata endpoints. None of it is needed: what counts is in the exceptions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

FAMILIES = ("azure", "msal", "msal_extensions", "urllib3", "requests", "charset_normalizer")
_SILENT = logging.CRITICAL + 1


class _Nothing(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


@contextmanager
def quiet() -> Iterator[None]:
    """Silence these families, whatever handlers and levels the process has, then restore them."""
    nothing, handler = _Nothing(), logging.NullHandler()
    levels: dict[str, tuple[int, bool]] = {}
    for logger in _known():
        levels[logger.name] = (logger.level, logger.propagate)
        logger.addFilter(nothing)
        # Children that come into being meanwhile inherit the level of the family's head.
        logger.setLevel(_SILENT)
        if logger.name in FAMILIES:
            logger.propagate = False
            # Without any handler, logging would print warnings to stderr by itself.
            logger.addHandler(handler)
    try:
        yield
    finally:
        for name, (level, propagate) in levels.items():
            logger = logging.getLogger(name)
            logger.removeFilter(nothing)
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


def _known() -> list[logging.Logger]:
    for name in FAMILIES:
        logging.getLogger(name)
    existing = list(logging.root.manager.loggerDict)
    names = [one for one in existing if one.partition(".")[0] in FAMILIES]
    return [logging.getLogger(name) for name in names]
