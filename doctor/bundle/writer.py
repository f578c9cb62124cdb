"""The one writer: every byte of a bundle passes it, and it knows one redactor."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from .._version import __version__
from ..noun import Noun
from ..redact import RedactionRefused, Redactor
from ..report.clean import plain, strip
from ..report.html import own_parts
from .material import SCHEMA_VERSION, Draft, LeftOut

MAX_TEXT = 20_000
"""Characters of one string in a JSON file, and of one line in a text: the rest is cut, and said."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


OWN_PARTS = own_parts()


def _parts(page: str) -> list[str]:
    """The page, cut where a part of ours begins and ends."""
    pieces = [page]
    for own in OWN_PARTS:
        before, found, after = pieces.pop().partition(own)
        pieces += [before, found, after]
    return pieces


class Written(Noun):
    """One file, ready: its bytes have passed the redactor to a fixed point."""

    name: str
    what: str
    data: bytes
    drop: int = 0


class Writer:
    """Turns drafts into bytes. `cut` names the files of which something was cut to size."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.cut: list[str] = []

    def write(self, draft: Draft) -> Written:
        """One file. Raises RedactionRefused where it does not become safe."""
        if not _NAME.fullmatch(draft.name):
            raise RedactionRefused(f"{draft.name!r} is no safe name for a file of a bundle")
        self.redactor.begin(draft.name)
        if isinstance(draft.content, str):
            text = self._text(draft)
        else:
            text = self._json(draft.content, draft.name)
        return Written(draft.name, draft.what, text.encode("utf-8", "backslashreplace"), draft.drop)

    def _text(self, draft: Draft) -> str:
        lines = []
        for line in strip(draft.content.replace("\r\n", "\n")).split("\n"):
            # A page is one long line at times, and cutting it would break it.
            long = len(line) > MAX_TEXT and not draft.name.endswith(".html")
            lines.append(line[:MAX_TEXT] + " [cut]" if long else line)
            if long:
                self._note(draft.name)
        text = "\n".join(lines)
        if not draft.name.endswith(".html"):
            return self.redactor.text(text)
        # The page's style and script are ours and known by their hashes: a word of theirs that is
        # somebody's account name, too, must not change them.
        return "".join(
            part if part in OWN_PARTS else self.redactor.text(part) for part in _parts(text)
        )

    def _json(self, content: Any, name: str) -> str:
        document = self.redactor.value(self._short(plain(content), name))
        text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        # What stands in no single string, but across several, is refused: to mask it here could
        # break the document.
        if self.redactor.exact.spans(text):
            raise RedactionRefused(f"{name} would hold a known secret across several values")
        return text

    def _short(self, value: Any, name: str) -> Any:
        if isinstance(value, str) and len(value) > MAX_TEXT:
            self._note(name)
            return f"{value[:MAX_TEXT]} [cut: {len(value) - MAX_TEXT} more characters]"
        if isinstance(value, dict):
            return {key: self._short(item, name) for key, item in value.items()}
        if isinstance(value, list):
            return [self._short(item, name) for item in value]
        return value

    def _note(self, name: str) -> None:
        if name not in self.cut:
            self.cut.append(name)

    def redactions(self) -> Written:
        """redactions.json: how often what was replaced, where; never a value, never a list."""
        own = self.redactor
        document = {
            "profile": own.profile,
            "replaced": {where: dict(sorted(what.items())) for where, what in own.counts.items()},
            "pseudonyms": dict(sorted(own.pseudonyms.items())),
            "known_secrets_searched": bool(own.exact.values),
            "secrets_too_short_to_search": own.short,
            "user_names_searched": len(own.personal.names),
            "note": "`report` and `logs` count what was replaced before any file was made of them.",
        }
        return self.write(Draft("redactions.json", "what was replaced, by rule", document))

    def manifest(
        self, files: Iterable[Written], left_out: Iterable[LeftOut], run: dict[str, Any]
    ) -> Written:
        """manifest.json: name, size and hash of every other file, and what was left out."""
        document = {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "foundry-doctor", "version": __version__},
            "run": run,
            "profile": self.redactor.profile,
            "files": [
                {
                    "name": one.name,
                    "size": len(one.data),
                    "sha256": hashlib.sha256(one.data).hexdigest(),
                    "what": one.what,
                }
                for one in sorted(files, key=lambda one: one.name)
            ],
            "left_out": [{"what": one.what, "why": one.why} for one in left_out],
        }
        return self.write(Draft("manifest.json", "hashes and sizes", document))
