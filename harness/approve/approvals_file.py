"""The file of accepted differences: TOML, to be committed beside the configuration and reviewed like code."""

import math
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.documents import parse_toml
from harness.errors import ConfigError
from harness.one_line import shown
from harness.providers.parameters import nearest
from harness.toml_text import toml_value
from harness.verdict.approval import LONGEST_TEXT, Approval
from harness.verdict.rules import RULE_NAMES, RULES, no_such_rule

DEFAULT_FILE = "harness-approvals.toml"
_HEAD = """\
# Differences that were accepted by name; `harness gate` shows them and lets the run pass. `harness approve` adds an entry;
# of several for one name, the last one counts. Delete what no longer holds.
"""
_TEXT = ("name", "outcome", "unit", "endpoint", "run_id", "reason", "author")
_DATES = ("approved", "until")
_KEYS = ("name", "outcome", "value", "low", "high", "margin", "unit", "endpoint", "run_id", "reason", "author", *_DATES)
_OPTIONAL = {"low", "high"}
_UNITS = {rule.name: rule.unit for rule in RULES}


def read_approvals(path: Path) -> tuple[Approval, ...]:
    """The approvals of a file, in its order.

    Raises:
        ConfigError: It is missing or no TOML, or an entry is incomplete, of the wrong type or names no rule.
    """
    try:
        document = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file. `harness approve` makes one.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}. Correct the file and try again.") from None
    for key in document:
        if key != "approval":
            raise ConfigError(f"{path}: {key} is no known key. Entries begin with [[approval]].")
    entries = document.get("approval", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{path}: approval must be a list of tables. Entries begin with [[approval]].")
    return tuple(_approval(entry, f"{path}: approval {number}") for number, entry in enumerate(entries, 1))


def add_approvals(path: Path, approvals: Iterable[Approval]) -> None:
    """Append to the file, which is made if missing; what is there stays as it is, comments too.

    Raises:
        ConfigError: What is there can't be read.
    """
    before = _HEAD
    if path.is_file():
        read_approvals(path)
        before = path.read_text(encoding="utf-8")
    entries = "".join(f"\n{_entry(approval)}" for approval in approvals)
    try:
        write_text_atomically(Path(os.path.realpath(path)), before.rstrip("\n") + "\n" + entries)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error}). Name another --file.") from None


def _entry(approval: Approval) -> str:
    lines = [
        f"{key} = {toml_value(float(value) if isinstance(value, int) else value)}"
        for key in _KEYS
        if (value := getattr(approval, key)) is not None
    ]
    return "\n".join(["[[approval]]", *lines]) + "\n"


def _approval(entry: Mapping[str, Any], where: str) -> Approval:
    for key in entry:
        if key not in _KEYS:
            raise ConfigError(f"{where}: {key} is no known key. {nearest(key, _KEYS)}")
    for key in _KEYS:
        if key not in entry and key not in _OPTIONAL:
            raise ConfigError(f"{where}: {key} is missing. Let `harness approve` write the entry.")
    for key, value in entry.items():
        _check(key, value, where)
    rule = entry["name"].partition("[")[0]
    if rule not in RULE_NAMES:
        raise ConfigError(f"{where}: {no_such_rule(rule)}")
    if entry["unit"] != _UNITS[rule]:
        raise ConfigError(f"{where}: unit is {entry['unit']!r}, but {rule} is in {_UNITS[rule]}. Approve it again.")
    return Approval(**{"low": None, "high": None} | dict(entry))


_ALLOWED = {"outcome": ("fail", "inconclusive"), "endpoint": ("emulated", "live")}


def _check(key: str, value: object, where: str) -> None:
    if key in _TEXT:
        wanted = f"text that is not empty, of at most {LONGEST_TEXT:,} characters"
        fits = isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TEXT
        if fits and key in _ALLOWED:
            wanted, fits = " or ".join(_ALLOWED[key]), value in _ALLOWED[key]
    elif key in _DATES:
        wanted, fits = "a date such as 2026-01-31", type(value) is date
    else:
        least, most, wanted = _NUMBERS[key]
        fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    if not fits:
        raise ConfigError(
            f"{where}: {key} is {_short(value)}; it must be {wanted}. Correct it, or let `harness approve` write the entry."
        )


_MOST = sys.float_info.max
_NUMBERS = {
    "value": (-_MOST, _MOST, "a finite number"),
    "low": (-math.inf, math.inf, "a number"),
    "high": (-math.inf, math.inf, "a number"),
    "margin": (0, _MOST, "a finite number, 0 or more"),
}


def _short(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else shown(value)
