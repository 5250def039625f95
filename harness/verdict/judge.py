"""Go, no-go or not enough evidence: all rules on all scores of a run.

Requiring every error-level rule to pass is an intersection-union test (Berger 1982): each rule is tested at 5 % and no
correction is due.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Literal
from urllib.parse import quote

from harness.metrics.scores import Scores
from harness.verdict.approval import Approval, Approvals, ApprovalUse, Finding, uses_of
from harness.verdict.estimands import RATIO
from harness.verdict.evaluate import evaluate
from harness.verdict.failed_sides import failed_sides
from harness.verdict.json_numbers import JsonNumber, latency_number, ratio_number
from harness.verdict.population import Population
from harness.verdict.results import (
    Against,
    Evidence,
    FailedSide,
    InvalidReason,
    LastLook,
    Origin,
    RuleVerdict,
    RunOutcome,
    SliceVerdict,
    SpoiltPair,
    Verdict,
)
from harness.verdict.rules import GateSettings, Rule, Unit
from harness.verdict.slices import slice_verdicts
from harness.verdict.steps import next_step
from harness.verdict.validity import pair_text
from harness.verdict.wording import (
    explain,
    explain_failures,
    explain_run,
    explain_slice,
    explain_use,
    look_text,
)

SCHEMA = "harness.verdict/1"


def judge(
    scores: Scores,
    settings: GateSettings,
    *,
    run_valid: bool,
    invalid_reason: str | None,
    emulated: bool,
    run_id: str,
    invalid_reasons: Sequence[InvalidReason] = (),
    last_look: LastLook | None = None,
    approvals: Approvals | None = None,
    against: Against | None = None,
    origin: Origin | None = None,
) -> Verdict:
    """Judge a run.

    Args:
        scores: All scores of the run.
        settings: Margins, levels and seed.
        run_valid: False if the validity limits were exceeded; the rules are still evaluated, for information.
        invalid_reason: What exceeded them.
        emulated: True if either side was on loopback.
        run_id: Of the run.
        invalid_reasons: The same one by one, with the pairs behind them.
        last_look: How far the run had come, if it could stop early: its bound then takes the place of 95 % for score rules.
        approvals: Accepted differences, and the day.
        against: The baseline file that the baseline's rows are from, if they are.
        origin: How the run was recorded.

    Returns:
        The verdict. Equal scores, settings and approvals give equal verdicts, until an approval expires.

    Raises:
        InvalidRunError: The scores contradict themselves.
    """
    if last_look is not None:
        settings = replace(settings, look=last_look.look)
    population = Population.of(scores)
    rules: list[RuleVerdict] = []
    skipped: list[tuple[str, str]] = []
    for rule in settings.rules:
        level = settings.level(rule, _trials(rule, population))
        if level == "off":
            switched = rule.name in settings.levels
            skipped.append((rule.name, "switched off" if switched else f"fewer than {rule.minimum_trials} trials"))
            continue
        evidence = evaluate(rule, population, settings)
        if evidence.reason == "no_value" and not _annotated(rule, scores):
            evidence = Evidence("not_applicable", "no_data")
        severity: Literal["error", "warn"] = "warn" if evidence.reason == "untestable" else level
        rules.append(RuleVerdict(rule, severity, settings.margin(rule), evidence))
    slices = slice_verdicts(population, settings, [rule.rule for rule in rules]) if settings.slices != "off" else ()
    endpoint: Literal["emulated", "live"] = "emulated" if emulated else "live"
    origin = origin or Origin()
    rules, slices, uses = _covered(rules, slices, approvals, endpoint)
    outcome, reason = _overall(rules, slices, settings)
    if not run_valid:
        outcome, reason = "invalid", invalid_reason
        if invalid_reason is not None and not invalid_reasons:
            invalid_reasons = (InvalidReason("other", invalid_reason),)
    return Verdict(
        run_id=run_id,
        endpoint=endpoint,
        outcome=outcome,
        reason=reason,
        rules=tuple(rules),
        skipped=tuple(skipped),
        seed=settings.seed,
        resamples=settings.resamples,
        invalid_reasons=() if run_valid else tuple(invalid_reasons),
        normalizer=scores.norm_id,
        last_look=last_look,
        slices=slices,
        slices_level=settings.slices,
        approvals=uses,
        against=against,
        origin=origin,
        failed_sides=failed_sides(scores.sessions, origin.services),
    )


def _covered(
    rules: Sequence[RuleVerdict], slices: Sequence[SliceVerdict], approvals: Approvals | None, endpoint: str
) -> tuple[list[RuleVerdict], tuple[SliceVerdict, ...], tuple[ApprovalUse, ...]]:
    """Rules and slices with what covers them, and what became of each approval."""
    if approvals is None:
        return list(rules), tuple(slices), ()
    findings = [
        Finding(rule.rule.name, rule.evidence.outcome, _as_told(rule.evidence.value, rule.rule.unit)) for rule in rules
    ]
    findings += [Finding(found.name, found.outcome, _as_told(found.value, found.rule.unit)) for found in slices]
    uses = uses_of(approvals.approvals, findings, endpoint=endpoint, today=approvals.today)
    covering = {use.approval.name: use.approval for use in uses if use.state == "used"}
    return (
        [replace(rule, approval=covering.get(rule.rule.name)) for rule in rules],
        tuple(replace(found, approval=covering.get(found.name)) for found in slices),
        uses,
    )


def _as_told(value: float | None, unit: Unit) -> float | None:
    """A finite value with the digits that `verdict.json` has, which approvals are made from."""
    told = _number(value, unit)
    return told if isinstance(told, float | int) else None


def _overall(
    rules: list[RuleVerdict], slices: Sequence[SliceVerdict], settings: GateSettings
) -> tuple[RunOutcome, str | None]:
    deciding = [rule for rule in rules if rule.severity == "error" and rule.approval is None]
    outcomes = {rule.evidence.outcome for rule in deciding}
    if "fail" in outcomes or any(found.blocks for found in slices):
        return "fail", None
    words_unjudged = any(rule.rule.metric == "wer" and rule.evidence.outcome == "not_applicable" for rule in deciding)
    if words_unjudged and settings.require_reference:
        return "inconclusive", "no_reference"
    if "inconclusive" in outcomes:
        return "inconclusive", None
    return ("pass", None) if "pass" in outcomes else ("inconclusive", "nothing_judged")


def _trials(rule: Rule, population: Population) -> int | None:
    """Trials that the corpus offers, where the rule asks for a minimum."""
    if not rule.minimum_trials:
        return None
    return round(sum(row.baseline_trials for row in RATIO[rule.metric].rows(population)))


def _annotated(rule: Rule, scores: Scores) -> bool:
    """Whether the manifest gives what the rule's metric is measured against; valid or not plays no part here."""
    words = any(session.has_words for session in scores.sessions)
    match rule.metric:
        case "wer" | "false_cutoff_rate":
            return words
        case "false_cutoff_rate_by_time":
            return any(session.time_hold_turns for session in scores.sessions)
        case "entity_miss_rate":
            return any(session.entity_mentions for session in scores.sessions)
        case "first_partial_ms" | "final_ms":
            return words or any(row.time_source != "none" for row in scores.utterances)
        case _:
            return True


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as `verdict.json` holds it; JSON-safe, infinities as `"inf"` and `"-inf"`.

    Every rule's `value`, `low`, `high`, `margin` and `mde` are in the rule's `unit`; where `low` and `high` are null
    beside a value, `interval_reason` says why, if anything is to be said.
    """
    return {
        "schema": SCHEMA,
        "run_id": verdict.run_id,
        "endpoint": verdict.endpoint,
        "against": verdict.against and asdict(verdict.against),
        "normalizer": verdict.normalizer,
        "verdict": verdict.outcome,
        "exit_code": verdict.exit_code,
        "reason": verdict.reason,
        "reasons": [_reason_json(reason) for reason in verdict.invalid_reasons],
        "failed_sides": [_failed_json(failed) for failed in verdict.failed_sides],
        "explanation": explain_run(verdict),
        "next_step": next_step(verdict),
        "needed_calls": verdict.needed_calls,
        "last_look": None if verdict.last_look is None else _last_look_json(verdict.last_look),
        "bootstrap": {"seed": verdict.seed, "resamples": verdict.resamples},
        "rules": [_rule_json(rule) for rule in verdict.rules],
        "skipped": [{"rule": name, "reason": reason} for name, reason in verdict.skipped],
        "approvals": [_use_json(use) for use in verdict.approvals],
        "slices": {"level": verdict.slices_level, "findings": [_slice_json(found) for found in verdict.slices]},
    }


def _last_look_json(last: LastLook) -> dict[str, Any]:
    return {
        "look": last.look,
        "looks": last.looks,
        "calls": last.calls,
        "planned_calls": last.planned_calls,
        "stopped_early": last.stopped_early,
        "explanation": look_text(last),
    }


def _reason_json(reason: InvalidReason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "explanation": reason.explanation,
        "pairs": [_pair_json(pair) for pair in reason.pairs],
    }


def _failed_json(failed: FailedSide) -> dict[str, Any]:
    return {
        "side": failed.side,
        "failed": failed.failed,
        "sessions": failed.sessions,
        "mostly": failed.mostly,
        "explanation": explain_failures(failed),
        "causes": [
            {"check": cause.sort, "explanation": cause.text, "sessions": cause.sessions} for cause in failed.causes
        ],
    }


def _pair_json(pair: SpoiltPair) -> dict[str, Any]:
    return {
        "clip_id": pair.clip_id,
        "pass": pair.pass_number,
        "late_ms": latency_number(pair.late_ms),
        "explanation": pair_text(pair),
        "findings": list(pair.findings),
        "link": _link(pair.clip_id),
    }


def _link(clip_id: str) -> str:
    return f"report.html#clip={quote(clip_id, safe='')}"


def _rule_json(verdict: RuleVerdict) -> dict[str, Any]:
    rule, evidence = verdict.rule, verdict.evidence
    return {
        "rule": rule.name,
        "label": rule.label,
        "metric": rule.metric,
        "quantile": rule.quantile,
        "unit": rule.unit,
        "severity": verdict.severity,
        "verdict": evidence.outcome,
        "reason": evidence.reason,
        "approved": verdict.approval and _approval_json(verdict.approval),
        "explanation": explain(verdict),
        "baseline": _number(evidence.baseline, rule.unit),
        "candidate": _number(evidence.candidate, rule.unit),
        "value": _number(evidence.value, rule.unit),
        "low": _number(evidence.low, rule.unit),
        "high": _number(evidence.high, rule.unit),
        "interval_reason": evidence.interval_reason,
        "margin": _number(verdict.margin, rule.unit),
        "calls": evidence.calls,
        "needed_calls": verdict.needed_calls,
        "needed_calls_more_than": verdict.needed_calls_more_than,
        "mde": _number(evidence.mde, rule.unit),
        "tags": list(evidence.tags),
        "statistics": {
            name: value if isinstance(value, str) else ratio_number(value)
            for name, value in evidence.statistics.items()
        },
        "worst": [
            {
                "clip_id": recording.clip_id,
                "baseline": _number(recording.baseline, rule.unit),
                "candidate": _number(recording.candidate, rule.unit),
                "link": _link(recording.clip_id),
            }
            for recording in evidence.worst
        ],
    }


def _use_json(use: ApprovalUse) -> dict[str, Any]:
    return {"name": use.approval.name, "state": use.state, "explanation": explain_use(use)} | _approval_json(
        use.approval
    )


def _approval_json(approval: Approval) -> dict[str, Any]:
    return {
        "until": approval.until.isoformat(),
        "by": approval.author,
        "reason": approval.reason,
        "run_id": approval.run_id,
        "value": _number(approval.value, approval.unit),
        "limit": _number(approval.limit, approval.unit),
    }


def _slice_json(found: SliceVerdict) -> dict[str, Any]:
    numbers = {
        name: ratio_number(getattr(found, name)) for name in ("value", "low", "high", "margin", "p", "adjusted_p")
    }
    return {
        "name": found.name,
        "rule": found.rule.name,
        "label": found.rule.label,
        "slice": found.slice_name,
        "unit": found.rule.unit,
        "severity": found.severity,
        "verdict": found.outcome,
        "calls": found.calls,
        **numbers,
        "approved": found.approval and _approval_json(found.approval),
        "explanation": explain_slice(found),
    }


def _number(value: float | None, unit: Unit) -> JsonNumber:
    return latency_number(value) if unit == "ms" else ratio_number(value)
