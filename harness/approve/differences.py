"""Accepting what a run found: named differences out of its verdict."""

import difflib
import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from harness.errors import ConfigError
from harness.verdict.approval import LONGEST_TEXT, Approval
from harness.verdict.rules import RULE_NAMES, no_such_rule

_APPROVABLE = ("fail", "inconclusive")


def approved_differences(
    verdict: Mapping[str, Any], names: Iterable[str], *, reason: str, author: str, until: date, today: date
) -> tuple[Approval, ...]:
    """Approvals of some rules, or rules in slices, of a verdict.

    Args:
        verdict: `verdict.json`.
        names: Such as `wer_abs` or `wer_abs[tag=noisy]`.
        reason: Why they are accepted.
        author: Who accepts them.
        until: The last day on which they hold.
        today: The day on which they are given.

    Raises:
        ConfigError: Reason or author is blank, the date is past, the run is invalid, or a name is unknown, did not fail, or has
            no finite difference that could be bound.
    """
    for option, text in (("--reason", reason), ("--author", author)):
        if not text.strip():
            raise ConfigError(f"{option} is empty; an approval says why and by whom. Give both.")
        if len(text) > LONGEST_TEXT:
            raise ConfigError(f"{option} has {len(text):,} characters; at most {LONGEST_TEXT:,} are shown. Shorten it.")
    if until < today:
        raise ConfigError(f"--until is {until}, which is past (today is {today}). Name the last day on which it holds.")
    if verdict["verdict"] == "invalid":
        raise ConfigError(f"run {verdict['run_id']} is invalid, so nothing it shows can be approved. Record it again.")
    found = {rule["rule"]: rule for rule in verdict["rules"]}
    found |= {finding["name"]: finding for finding in verdict.get("slices", {}).get("findings", ())}
    off = {item["rule"]: item["reason"] for item in verdict["skipped"]}
    approvals = []
    for name in dict.fromkeys(names):
        if name not in found:
            raise ConfigError(_not_found(name, found, off))
        finding = found[name]
        approvals.append(
            Approval(
                name=name,
                outcome=_outcome(name, finding),
                value=_finite(name, finding["value"]),
                low=_number(finding["low"]),
                high=_number(finding["high"]),
                margin=float(finding["margin"]),
                unit=finding["unit"],
                endpoint=verdict["endpoint"],
                run_id=verdict["run_id"],
                reason=" ".join(reason.split()),
                author=" ".join(author.split()),
                approved=today,
                until=until,
            )
        )
    return tuple(approvals)


def _not_found(name: str, found: Iterable[str], off: Mapping[str, str]) -> str:
    rule, bracket, _ = name.partition("[")
    if name in off:
        return f"{name} was not judged ({off[name]}), so there is nothing to approve."
    if rule not in RULE_NAMES:
        return no_such_rule(rule)
    if not bracket:
        return f"{name} was not judged in this run, so there is nothing to approve."
    of_rule = [other for other in found if other.startswith(f"{rule}[")]
    nearest = difflib.get_close_matches(name, of_rule, n=1, cutoff=0.5)
    return (
        f"{name} is no slice of this run.{f' Did you mean {nearest[0]!r}?' if nearest else ''} verdict.json lists them."
    )


def _outcome(name: str, finding: Mapping[str, Any]) -> Any:
    if finding["verdict"] not in _APPROVABLE:
        raise ConfigError(
            f"{name} is {finding['verdict'].replace('_', ' ')} in this run; only what failed or is inconclusive can be approved. "
            "Leave it out."
        )
    return finding["verdict"]


def _finite(name: str, value: object) -> float:
    amount = _number(value)
    if amount is None or math.isinf(amount):
        raise ConfigError(
            f"{name} has no finite difference in this run, and an approval binds the difference that was seen. Fix what keeps it "
            "from being measured, or change the rule's level."
        )
    return amount


def _number(value: object) -> float | None:
    """A number of `verdict.json`, where infinities are words."""
    return None if value is None else float(str(value))
