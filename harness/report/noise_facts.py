"""The services against themselves, where they were heard twice: the noise floor beside which every difference is to be read."""

from collections.abc import Mapping
from typing import Any

from harness.report.facts import Check, Health, dig
from harness.report.glossary import RULE_LABELS
from harness.report.numbers import Kind, number, show

_HEALTH: dict[str, Health] = {"passed": "good", "failed": "bad", "too_few_calls": "unknown"}
_SELF_TEST = {
    "passed": "agrees with itself, but for chance",
    "failed": "differs from itself by more than chance",
    "too_few_calls": "too few calls for a noise floor",
}
_MEANING = (
    "The baseline heard everything twice, and its passes are compared as the sides are. If they differ by more than chance, something "
    "changed during the run and it counts for nothing. Margins that the baseline itself does not keep cannot be shown on this corpus."
)
_FACTS: tuple[tuple[tuple[str, ...], str, Kind], ...] = (
    (("baseline", "churn", "value"), "Baseline: words that differ between its passes", "percent"),
    (("candidate", "churn", "value"), "Candidate: words that differ between its passes", "percent"),
    (("disagreement",), "Words that differ between both", "percent"),
    (("excess_disagreement",), "Beyond what the baseline differs from itself", "percent"),
    (("baseline", "v_run"), "Baseline: variance of a call's word errors between passes", "ratio"),
    (("candidate", "v_run"), "Candidate: variance of a call's word errors between passes", "ratio"),
)


def noise_checks(summary: Mapping[str, Any]) -> list[Check]:
    """The finding that belongs beside the other reasons to trust a run; nothing where each side was heard once.

    Args:
        summary: `summary.json`.
    """
    found = dig(summary, "noise", "self_test")
    if found is None:
        return []
    missed = _not_achievable(summary)
    value = _SELF_TEST.get(str(found), str(found)) + (f"; not achievable: {', '.join(missed)}" if missed else "")
    health: Health = "bad" if missed else _HEALTH.get(str(found), "unknown")
    return [Check("Baseline, heard twice", value, health, _MEANING)]


def noise_facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts for the quieter tables; empty if the summary does not say.

    Args:
        summary: `summary.json`.
    """
    noise = dig(summary, "noise")
    facts = [
        (label, show(dig(noise, *path), kind)) for path, label, kind in _FACTS if number(dig(noise, *path)) is not None
    ]
    clips = number(dig(noise, "above_noise", "clips"))
    if clips:
        above = number(dig(noise, "above_noise", "value")) or 0.0
        facts.append(
            (
                "Clips whose word errors differ more between both than between the baseline's passes",
                f"{above:,.0f} of {clips:,.0f}",
            )
        )
    return facts + [
        (
            f"{side.capitalize()}, {RULE_LABELS.get(test['rule'], test['rule']).lower()}: equal passes",
            f"p = {number(test['adjusted_p']) or 0.0:.2g}, {test['calls']} calls",
        )
        for side in ("baseline", "candidate")
        for test in dig(noise, side, "self_tests") or ()
    ]


def _not_achievable(summary: Mapping[str, Any]) -> list[str]:
    return [
        RULE_LABELS.get(rule["rule"], rule["rule"])
        for rule in dig(summary, "noise", "rules") or ()
        if rule["achievable"] is False
    ]
