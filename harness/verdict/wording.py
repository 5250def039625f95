"""Why a rule and a run came out as they did: the same words in every view."""

from harness.verdict.approval import ApprovalUse, State
from harness.verdict.results import FailedSide, LastLook, RuleVerdict, SliceVerdict, Verdict
from harness.verdict.rules import BY_TIME, MINIMUM_CALLS, Unit

_REASONS: dict[str, str] = {
    "margin_inside_interval": "the data fit both a difference within the margin and one beyond it",
    "few_clusters": f"fewer than {MINIMUM_CALLS} independent calls have data",
    "few_samples": "too few paired values for this quantile",
    "no_value": "the metric has no value in this run",
    "no_baseline_events": "a relative margin means nothing while the baseline has no errors",
    "missing_values": "so many values never came that the difference has no finite bound",
    "untestable": "with so few sessions even a flawless candidate could not pass, so being inconclusive only warns here",
    "normaliser_dependent": "the two text normalisers disagree on the verdict",
    "no_data": "the corpus has no annotation for it",
}

_RUN_REASONS: dict[str, str] = {
    "no_reference": "No recording has reference text, so words could not be judged. Add `text` to the manifest, or set "
    "`require_reference = false` under [gate] to decide on the remaining rules.",
    "nothing_judged": "No error-level rule could be judged, and a run that shows nothing does not pass.",
}

_LONG_MS = 10_000
_CAUSES_SHOWN = 3  # of one side
_NAMES_SHOWN = 4  # rules and slices named in a sentence


def amount(value: float, unit: Unit) -> str:
    """A margin or a count in the words of its unit: `0.18 pp`, `3.1 %`, `120 ms`, `34.5 s`, `2`."""
    if unit == "ratio":
        return f"{100 * value:.2f} pp"
    if unit == "relative":
        return f"{100 * value:.1f} %"
    if unit == "per_token":
        return f"{value:.2f}"
    if unit == "ms":
        return f"{value / 1000:.1f} s" if abs(value) >= _LONG_MS else f"{value:.0f} ms"
    return f"{value:g}"


def explain(verdict: RuleVerdict) -> str:
    """One or two sentences on one rule."""
    evidence, unit = verdict.evidence, verdict.rule.unit
    if evidence.reason is not None:
        sentence = _REASONS[evidence.reason][0].upper() + _REASONS[evidence.reason][1:] + "."
        return sentence + _more_calls(verdict) + _judged_by(verdict)
    margin = amount(verdict.margin, unit)
    if unit == "count":
        return f"{amount(evidence.value or 0, unit)} seen, {margin} allowed."
    if evidence.outcome == "pass":
        return f"With 95 % confidence the candidate is less than {margin} worse.{_judged_by(verdict)}"
    return f"With 95 % confidence the candidate is more than {margin} worse.{_judged_by(verdict)}"


def _judged_by(verdict: RuleVerdict) -> str:
    """What a rule looks at where the configuration chose it."""
    return " Judged by times alone, on turns with a pause." if verdict.rule in BY_TIME.values() else ""


def explain_slice(found: SliceVerdict) -> str:
    """A sentence on one rule in one slice."""
    if found.outcome == "underpowered":
        few = found.calls < MINIMUM_CALLS
        why = f"only {calls_text(found.calls)}, fewer than {MINIMUM_CALLS}" if few else _REASONS["no_baseline_events"]
        return f"Not tested: {why}."
    margin = amount(found.margin, found.rule.unit)
    if found.outcome == "fail":
        return (
            f"{found.rule.label} in {found.slice_name}: the candidate is more than {margin} worse, also after correction for the "
            f"number of slices (adjusted p {found.adjusted_p:.2g}, {calls_text(found.calls)})."
        )
    return f"Not shown to be more than {margin} worse (adjusted p {found.adjusted_p:.2g}, {calls_text(found.calls)})."


def explain_use(use: ApprovalUse) -> str:
    """A sentence on what became of an approval."""
    approval = use.approval
    name, limit = approval.name, amount(approval.limit, approval.unit)
    seen = "no finite difference" if use.seen is None else amount(use.seen, approval.unit)
    said: dict[State, str] = {
        "used": f"{seen} is accepted up to {limit}, until {approval.until} by {approval.author}: {approval.reason}",
        "expired": f"the approval expired on {approval.until}. Fix the difference, or approve it again with a reason.",
        "outgrown": f"{seen} is seen, and the approval covers up to {limit}.",
        "proven": f"what was approved is a lack of evidence; now the difference, {seen}, is proven.",
        "other_endpoint": f"the approval was given for a run that was {approval.endpoint}, and this one is not.",
        "not_failing": "nothing fails here any more. Delete the approval.",
        "unmatched": "no rule or slice of this name was judged. Delete the approval if it stays so.",
    }
    return f"{name}: {said[use.state]}"


def _more_calls(verdict: RuleVerdict) -> str:
    """How many more calls, and on what supposition: an estimate holds only if what was planned for is true."""
    needed = verdict.needed_calls
    if needed is None or (needed == 0 and verdict.evidence.reason != "margin_inside_interval"):
        return ""
    if needed == 0:
        return (
            " The run is large enough to decide if both sides were equal; what was seen lies too close to the margin, and "
            "only more calls than planned would tell."
        )
    if verdict.evidence.needed_at_least:
        return f" It takes at least {_more(needed)}."
    if far := verdict.needed_calls_more_than:
        return f" If the two sides are in truth equal, it takes more than {calls_text(far)} to show it."
    return f" If the two sides are in truth equal, about {_more(needed)} would show it."


def explain_failures(failed: FailedSide) -> str:
    """`candidate: 3 of 4 sessions failed: HTTP 401 from POST https://…/v2/live (no such key) (2), closed abnormally (1)`."""
    several = len(failed.causes) > 1
    told = [f"{cause.text} ({cause.sessions:,})" if several else cause.text for cause in failed.causes[:_CAUSES_SHOWN]]
    if (more := len(failed.causes) - _CAUSES_SHOWN) > 0:
        told.append(f"and {more} more {'reason' if more == 1 else 'reasons'}")
    return f"{failed.side}: {failed.failed:,} of {failed.sessions:,} {'session' if failed.sessions == 1 else 'sessions'} failed: {', '.join(told)}"


def explain_run(verdict: Verdict) -> str:
    """A few sentences on the whole run, those sides first of which most sessions failed."""
    failures = [f"{explain_failures(failed)}." for failed in verdict.failed_sides if failed.mostly]
    return " ".join([*failures, _explain_outcome(verdict)])


def _explain_outcome(verdict: Verdict) -> str:
    if verdict.outcome == "invalid":
        return f"The run can't be trusted: {verdict.reason or 'the validity limits were exceeded'}."
    if verdict.reason is not None and verdict.reason in _RUN_REASONS:
        return _RUN_REASONS[verdict.reason]
    if verdict.outcome == "pass":
        accepted = [use.approval.name for use in verdict.approvals if use.state == "used"]
        if accepted:
            return f"Every rule at level error passed, or is a difference that was approved: {', '.join(accepted)}."
        return "Every rule at level error passed."
    names = _deciding(verdict)
    if verdict.outcome == "fail":
        return f"The candidate is worse than its margin allows: {names}."
    return f"Not enough evidence on: {names}."


def look_text(last: LastLook) -> str:
    """How far a run with early stopping came."""
    if last.stopped_early:
        return f"stopped early at look {last.look} of {last.looks}: {last.calls} of {last.planned_calls} calls"
    return f"played to the last of {last.looks} looks: all {last.planned_calls} calls"


def _deciding(verdict: Verdict) -> str:
    """The rules behind the verdict, and behind a FAIL the slices."""
    names = [rule.rule.label for rule in verdict.rules if rule.blocks and rule.evidence.outcome == verdict.outcome]
    if verdict.outcome == "fail":
        names += [f"{found.rule.label} in {found.slice_name}" for found in verdict.slices if found.blocks]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN + 1 else ""
    return ", ".join(names[:_NAMES_SHOWN] if more else names) + more


def _more(calls: int) -> str:
    return f"{calls:,} more {'call' if calls == 1 else 'calls'}"


def calls_text(calls: int) -> str:
    """`1 call`, `1,024 calls`."""
    return f"{calls:,} {'call' if calls == 1 else 'calls'}"
