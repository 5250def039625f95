"""`verdict.json` in words and cells, for the views made of text: JUnit, Markdown and terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.numbers import NBSP, Kind, show, show_difference, show_interval

ANSWERS = {
    "pass": "Go",
    "fail": "No go",
    "inconclusive": "Not enough evidence",
    "invalid": "Not a valid run",
}

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
        verdict=_RULE_WORDS[rule["verdict"]] + (" (warn)" if _only_warns(rule) else ""),
        baseline=_or_empty(rule["baseline"], show(rule["baseline"], own)),
        candidate=_or_empty(rule["candidate"], show(rule["candidate"], own)),
        difference="" if count else _or_empty(rule["value"], show_difference(rule["value"], kind)),
        interval=_or_empty(rule["low"], show_interval(rule["low"], rule["high"], kind)),
        margin=show(rule["margin"], kind) if count else _plain(show_difference(rule["margin"], kind)),
        calls_short="" if needed is None else f"{needed:,}",
        explanation=rule["explanation"],
    )


def next_steps(verdict: Mapping[str, Any]) -> str:
    """What to do now, in a sentence or two."""
    word, needed = verdict["verdict"], verdict["needed_calls"]
    if word == "pass":
        return "Listen to the recordings that got worst before you switch: a pass is about the whole corpus."
    if word == "fail":
        return "Listen to the worst recordings, then change the candidate's settings and compare again."
    if word == "invalid":
        return "Record again on a quieter machine or with fewer concurrent pairs; read nothing from these figures."
    if verdict["reason"] is not None:
        return "Give the corpus what the rules need, then score and judge again; nothing has to be streamed again."
    if needed:
        return f"Add recordings of about {needed:,} more independent calls; repeating the same calls settles little."
    return "Add recordings of more independent calls; repeating the same calls settles little."


def _only_warns(rule: Mapping[str, Any]) -> bool:
    return rule["severity"] == "warn" and rule["verdict"] in {"fail", "inconclusive"}


def _or_empty(value: object, text: str) -> str:
    return "" if value is None else _plain(text)


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")
