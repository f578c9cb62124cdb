"""What a flag's value may be, and what to say where it is not that."""

from __future__ import annotations

import argparse
import re

from ..noun import Noun

REPORTS = ("text", "json", "markdown", "junit", "github", "azure-pipelines", "html")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class ReportFile(Noun):
    """One `--report FORMAT=FILE`; the path as given."""

    format: str
    path: str


def seconds(text: str) -> float:
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = -1.0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds (0.1 to 3600)")
    return value


def number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def duration(text: str) -> float:
    """`90`, `90s`, `15m` or `1h`, in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([smh]?)", text.strip().lower())
    value = float(found[1]) * _UNITS[found[2]] if found else -1.0
    if not 1 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration (90s, 15m or 1h; a day at most)")
    return value


def report_file(text: str) -> ReportFile:
    """`junit=build/TEST-foundry.xml`."""
    name, sign, path = text.partition("=")
    if name not in REPORTS:
        raise argparse.ArgumentTypeError(f"{text!r}: the format is one of {', '.join(REPORTS)}")
    if not sign or not path.strip():
        raise argparse.ArgumentTypeError(f"{text!r} names no file: write {name}=FILE")
    return ReportFile(name, path)
