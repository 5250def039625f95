"""`verdict.json` in words and cells, for the views made of text: JUnit, Markdown and terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from harness.report.glossary import RULE_LABELS
from harness.report.numbers import NBSP, Kind, number, show, show_difference, show_interval

ANSWERS = {
    "pass": "Go",
    "fail": "No go",
    "inconclusive": "Not enough evidence",
    "invalid": "Not a valid run",
}

_DRIFT_ANSWERS = {"pass": "No drift", "fail": "Drift"}

FOR_DIAGNOSIS = "For diagnosis only: the run is not valid."

EMULATED_NOTE = "An emulator on this machine answered, not the real services: this says nothing about either company."

LISTEN_TO = 3
"""Clips named to be heard first."""

_RULE_WORDS = {
    "pass": "pass",
    "fail": "FAIL",
    "inconclusive": "inconclusive",
    "not_applicable": "n/a",
}

_SLICE_WORDS = {"fail": "FAIL", "not_worse": "not worse", "underpowered": "too few calls"}

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
    approved: str = ""


def answer(verdict: Mapping[str, Any]) -> str:
    """The answer in a few words; against a baseline file it is about drift."""
    word = str(verdict["verdict"])
    return _DRIFT_ANSWERS.get(word, ANSWERS[word]) if verdict.get("against") else ANSWERS[word]


def against_text(verdict: Mapping[str, Any]) -> str:
    """What a verdict on drift compares, in a sentence or two; empty for an ordinary verdict."""
    against = verdict.get("against")
    if not against:
        return ""
    text = (
        f"Drift against {against['file']}: both columns are the candidate, first as approved in run {against['run_id']} (recorded "
        f"{against['recorded_at'][:10]}), then now."
    )
    if against["unpaired"]:
        text += f" {against['unpaired']:,} sessions of this run are not in the file and are left out."
    return text


def warnings_of(verdict: Mapping[str, Any]) -> list[str]:
    """What a reader has to know besides the rules: why sessions failed, approvals that cover nothing, what differs from a baseline file."""
    told = [f"{failed['explanation']}." for failed in verdict.get("failed_sides", ()) if not failed["mostly"]]
    told += [use["explanation"] for use in verdict.get("approvals", ()) if use["state"] != "used"]
    return told + [f"{text[0].upper()}{text[1:]}." for text in (verdict.get("against") or {}).get("warnings", ())]


def mostly_failed(verdict: Mapping[str, Any]) -> list[str]:
    """The sides of which most sessions failed, and why: what such a run is about. Its explanation begins with the same."""
    return [f"{failed['explanation']}." for failed in verdict.get("failed_sides", ()) if failed["mostly"]]


def approved_text(finding: Mapping[str, Any]) -> str:
    """`fail (approved until 2026-12-31 by Ann: a reason)`; empty where nothing is approved."""
    approved = finding.get("approved")
    if not approved:
        return ""
    return f"{finding['verdict']} (approved until {approved['until']} by {approved['by']}: {approved['reason']})"


def listen_first(verdict: Mapping[str, Any]) -> list[str]:
    """Clips that speak most against the candidate, of the rules that keep the run from passing, or else of all rules."""
    if verdict["verdict"] == "invalid":
        return []
    blocking = [rule for rule in verdict["rules"] if blocks(rule)]
    worst = [[clip["clip_id"] for clip in rule["worst"]] for rule in blocking or verdict["rules"]]
    in_turn = [clip for clips in zip_longest(*worst) for clip in clips if clip is not None]
    return list(dict.fromkeys(in_turn))[:LISTEN_TO]


def blocks(finding: Mapping[str, Any]) -> bool:
    """Whether a rule, or a rule in a slice, keeps the run from passing."""
    undecided = finding["verdict"] in {"fail", "inconclusive"}
    return undecided and finding["severity"] == "error" and not finding.get("approved")


def own_kind(unit: str) -> Kind:
    """How a side's own value is written under a rule of a unit: what is relative is only the difference."""
    return "percent" if unit == "relative" else _KINDS[unit]


def rule_texts(verdict: Mapping[str, Any]) -> list[RuleText]:
    """All rules, in the order of the verdict."""
    return [_rule_text(rule) for rule in verdict["rules"]]


def _rule_text(rule: Mapping[str, Any]) -> RuleText:
    kind = _KINDS[rule["unit"]]
    own = own_kind(rule["unit"])
    count = rule["unit"] == "count"
    return RuleText(
        rule=rule["rule"],
        label=rule.get("label") or RULE_LABELS.get(rule["rule"], rule["rule"]),
        verdict=_word(_RULE_WORDS, rule),
        baseline=_or_empty(rule["baseline"], show(rule["baseline"], own)),
        candidate=_or_empty(rule["candidate"], show(rule["candidate"], own)),
        difference="" if count else _or_empty(rule["value"], show_difference(rule["value"], kind)),
        interval=_or_empty(rule["low"], show_interval(rule["low"], rule["high"], kind)) or _no_interval(rule),
        margin=show(rule["margin"], kind) if count else _plain(show_difference(rule["margin"], kind)),
        calls_short=_calls_short(rule),
        explanation=rule["explanation"],
        approved=approved_text(rule),
    )


def _calls_short(rule: Mapping[str, Any]) -> str:
    """How many more calls; `>460` where the calls there are tell no number."""
    if bound := rule.get("needed_calls_more_than"):
        return f">{bound:,}"
    return f"{rule['needed_calls']:,}" if rule["needed_calls"] else ""


@dataclass(frozen=True, slots=True)
class SliceText:
    """One rule in one slice of `verdict.json`, every figure with its unit; empty where there is none."""

    name: str
    label: str
    verdict: str
    difference: str
    interval: str
    margin: str
    explanation: str
    approved: str


def slice_findings(verdict: Mapping[str, Any], *outcomes: str) -> list[Mapping[str, Any]]:
    """What was found in slices, of some outcomes; empty where slices are off."""
    findings = verdict.get("slices", {}).get("findings", ())
    return [found for found in findings if found["verdict"] in outcomes]


def slice_text(found: Mapping[str, Any]) -> SliceText:
    """One finding as text."""
    kind = _KINDS[found["unit"]]
    return SliceText(
        name=found["name"],
        label=f"{found.get('label') or RULE_LABELS.get(found['rule'], found['rule'])} in {found['slice']}",
        verdict=_word(_SLICE_WORDS, found),
        difference=_or_empty(found["value"], show_difference(found["value"], kind)),
        interval=_or_empty(found["low"], show_interval(found["low"], found["high"], kind)),
        margin=_plain(show_difference(found["margin"], kind)),
        explanation=found["explanation"],
        approved=approved_text(found),
    )


def slices_text(verdict: Mapping[str, Any]) -> str:
    """How many slices were tested, and with what result, in a sentence; empty where there is none."""
    failed, fine, few = (len(slice_findings(verdict, outcome)) for outcome in ("fail", "not_worse", "underpowered"))
    if not failed + fine + few:
        return ""
    tests = failed + fine
    if not tests:
        return "no slice has enough calls to be tested"
    result = f"{failed or 'none'} of {tests} tests of slices {'fails' if failed == 1 else 'fail'}"
    return f"{result}; {few} {'has' if few == 1 else 'have'} too few calls" if few else result


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
    """`3 pairs spoilt at first and run again`; empty if none was."""
    reruns = number(summary["harness"].get("reruns")) or 0
    return f"{reruns:.0f} {'pair' if reruns == 1 else 'pairs'} spoilt at first and run again" if reruns else ""


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


def _word(words: Mapping[str, str], finding: Mapping[str, Any]) -> str:
    if finding.get("approved"):
        return "approved"
    only_warns = finding["severity"] == "warn" and finding["verdict"] in {"fail", "inconclusive"}
    return words[finding["verdict"]] + (" (warn)" if only_warns else "")


def _or_empty(value: object, text: str) -> str:
    return "" if value is None else _plain(text)


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")
