"""`verdict.json` in words and cells, for the views made of text: JUnit, Markdown and terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.glossary import RULE_LABELS
from harness.report.numbers import NBSP, Kind, number, show, show_difference, show_interval

ANSWERS = {
    "pass": "Go",
    "fail": "No go",
    "inconclusive": "Not enough evidence",
    "invalid": "Not a valid run",
}

FOR_DIAGNOSIS = "For diagnosis only: the run is not valid."

EMULATED_NOTE = "An emulator on this machine answered, not the real services: this says nothing about either company."

_RULE_WORDS = {
    "pass": "pass",
    "fail": "FAIL",
    "inconclusive": "unsure",
    "not_applicable": "n/a",
}

_KINDS: dict[str, Kind] = {
    "ratio": "percent",
    "relative": "relative",
    "per_token": "ratio",
    "ms": "ms",
    "count": "count",
}


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule of `verdict.json`, every figure with its unit; empty where there is none."""

    rule: str
    label: str
    verdict: str
    baseline: str
    candidate: str
    difference: str
    interval: str
    margin: str
    calls_short: str
    explanation: str


def rule_texts(verdict: Mapping[str, Any]) -> list[RuleText]:
    """All rules, in the order of the verdict."""
    return [_rule_text(rule) for rule in verdict["rules"]]


def _rule_text(rule: Mapping[str, Any]) -> RuleText:
    kind = _KINDS[rule["unit"]]
    own: Kind = "percent" if kind == "relative" else kind
    count = rule["unit"] == "count"
    needed = rule["needed_calls"]
    return RuleText(
        rule=rule["rule"],
        label=rule.get("label") or RULE_LABELS.get(rule["rule"], rule["rule"]),
        verdict=_RULE_WORDS[rule["verdict"]] + (" (warn)" if _only_warns(rule) else ""),
        baseline=_or_empty(rule["baseline"], show(rule["baseline"], own)),
        candidate=_or_empty(rule["candidate"], show(rule["candidate"], own)),
        difference="" if count else _or_empty(rule["value"], show_difference(rule["value"], kind)),
        interval=_or_empty(rule["low"], show_interval(rule["low"], rule["high"], kind)) or _no_interval(rule),
        margin=show(rule["margin"], kind) if count else _plain(show_difference(rule["margin"], kind)),
        calls_short=f"{needed:,}" if needed else "",
        explanation=rule["explanation"],
    )


def sessions_text(counts: Mapping[str, Any]) -> str:
    """How a side's sessions ended: `21 of 30 completed, 0 failed, 9 spoilt by the harness`.

    Args:
        counts: The side's object in `sessions` of `summary.json`.
    """
    missing = counts.get("not_recorded")
    return (
        f"{counts.get('completed', 0)} of {counts['planned']} completed, {counts.get('failed', 0)} failed, "
        f"{counts.get('invalid', 0)} spoilt by the harness{f', {missing} not recorded' if missing else ''}"
    )


def look_text(verdict: Mapping[str, Any]) -> str:
    """`stopped early at look 2 of 4: 60 of 120 calls`; empty for a run without early stopping."""
    last = verdict.get("last_look")
    return str(last["explanation"]) if last else ""


def noise_text(verdict: Mapping[str, Any]) -> str:
    """How far the baseline differs from itself; empty if it was recorded once."""
    noise = verdict.get("noise")
    return str(noise["explanation"]) if noise else ""


def reruns_text(summary: Mapping[str, Any]) -> str:
    """`3 pairs run again`; empty if none was."""
    reruns = number(summary["harness"].get("reruns")) or 0
    return f"{reruns:.0f} {'pair' if reruns == 1 else 'pairs'} run again" if reruns else ""


def throttled_text(summary: Mapping[str, Any]) -> str:
    """`3 refusals for a quota (gladia 3), dialled again`; empty if there was none."""
    count = number(summary["harness"].get("throttled_count")) or 0
    by_provider = ", ".join(f"{name} {times}" for name, times in (summary["harness"].get("throttled") or {}).items())
    return (
        f"{count:.0f} {'refusal' if count == 1 else 'refusals'} for a quota ({by_provider}), dialled again"
        if count
        else ""
    )


def _no_interval(rule: Mapping[str, Any]) -> str:
    return "too few calls" if rule.get("interval_reason") else ""


def _only_warns(rule: Mapping[str, Any]) -> bool:
    return rule["severity"] == "warn" and rule["verdict"] in {"fail", "inconclusive"}


def _or_empty(value: object, text: str) -> str:
    return "" if value is None else _plain(text)


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")
