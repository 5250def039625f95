"""Why a rule came out as it did, in one sentence, and what to do next: the same words in every view."""

from harness.verdict.results import RuleVerdict, Verdict
from harness.verdict.rules import MINIMUM_CALLS, Unit

_REASONS: dict[str, str] = {
    "margin_inside_interval": "the data fit both a difference within the margin and one beyond it",
    "few_clusters": f"fewer than {MINIMUM_CALLS} independent calls have data",
    "few_samples": "too few paired values for this quantile",
    "no_value": "the metric has no value in this run",
    "no_baseline_events": "a relative margin means nothing while the baseline has no errors",
    "missing_values": "so many values never came that the difference has no finite bound",
    "untestable": "even a flawless candidate could not pass with so few sessions, so only a failure would block",
    "normaliser_dependent": "the two text normalisers disagree on the verdict",
    "no_data": "the corpus has no annotation for it",
}

_RUN_REASONS: dict[str, str] = {
    "no_reference": "No recording has reference text, so words could not be judged. Add `text` to the manifest, or set "
    "`require_reference = false` under [gate] to decide on the remaining rules.",
    "nothing_judged": "No error-level rule could be judged, and a run that shows nothing does not pass.",
}


def amount(value: float, unit: Unit, *, signed: bool = True) -> str:
    """A value in the words of its unit: `+0.18 pp`, `-3.1 %`, `+120 ms`, `2`."""
    sign = "+" if signed else ""
    if unit == "ratio":
        return f"{100 * value:{sign}.2f} pp" if signed else f"{100 * value:.2f} %"
    if unit == "relative":
        return f"{100 * value:{sign}.1f} %"
    if unit == "per_token":
        return f"{value:{sign}.2f}"
    return f"{value:{sign}.0f} ms" if unit == "ms" else f"{value:g}"


def explain(verdict: RuleVerdict) -> str:
    """One sentence on one rule."""
    evidence, unit = verdict.evidence, verdict.rule.unit
    if evidence.reason is not None:
        sentence = _REASONS[evidence.reason][0].upper() + _REASONS[evidence.reason][1:] + "."
        return sentence + _more_calls(verdict.needed_calls)
    if unit == "count":
        return f"{amount(evidence.value or 0, unit)} seen, {amount(verdict.margin, unit)} allowed."
    margin = amount(verdict.margin, unit)
    if evidence.outcome == "pass":
        return f"With 95 % confidence the candidate is less than {margin} worse."
    return f"With 95 % confidence the candidate is more than {margin} worse."


def explain_run(verdict: Verdict) -> str:
    """One or two sentences on the whole run: why, and what to do next."""
    if verdict.outcome == "invalid":
        return f"The run can't be trusted: {verdict.reason or 'the validity limits were exceeded'}."
    if verdict.reason is not None and verdict.reason in _RUN_REASONS:
        return _RUN_REASONS[verdict.reason]
    if verdict.outcome == "pass":
        return "Every rule at level error passed."
    outcome = verdict.outcome
    names = ", ".join(rule.rule.name for rule in verdict.rules if rule.blocks and rule.evidence.outcome == outcome)
    if outcome == "fail":
        return f"The candidate is worse than its margin allows: {names}."
    return f"Not enough evidence on {names}.{_more_calls(verdict.needed_calls)}"


def _more_calls(needed: int | None) -> str:
    if needed is None:
        return ""
    if needed == 0:
        return (
            " The run is large enough to decide if both sides were equal; what was seen lies too close to the margin, and "
            "only more calls than planned would tell."
        )
    return f" About {needed} more {'call' if needed == 1 else 'calls'} would decide it."
