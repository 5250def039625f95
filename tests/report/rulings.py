"""Small `verdict.json` and `summary.json` documents for the views made of text."""

from harness.report.glossary import RULE_LABELS

SUMMARY = {
    "schema": "harness.summary/1",
    "run_id": "r1",
    "endpoint": "emulated",
    "normalizer": "whisper-english@1+000000000000",
    "sessions": {
        side: {"planned": 30, "completed": 29, "failed": 1, "invalid": 0, "not_recorded": 0}
        for side in ("baseline", "candidate")
    },
    "audio_identical": True,
    "harness": {
        "lateness_ms": {"p50": 0.2, "p99": 3.1, "max": 9.8, "over": "chunks"},
        "invalid_sessions": 0,
        "reruns": 0,
    },
    "metrics": {},
    "slices": {},
}


def rule(name="wer_abs", outcome="pass", **changes):
    """One rule of `verdict.json`."""
    return {
        "rule": name,
        "label": RULE_LABELS.get(name, name),
        "metric": "wer",
        "quantile": None,
        "unit": "ratio",
        "severity": "error",
        "verdict": outcome,
        "reason": "margin_inside_interval" if outcome == "inconclusive" else None,
        "explanation": f"Because of {name}.",
        "baseline": 0.08,
        "candidate": 0.092,
        "value": 0.012,
        "low": -0.001,
        "high": 0.025,
        "interval_reason": None,
        "margin": 0.01,
        "calls": 30,
        "needed_calls": 40 if outcome == "inconclusive" else None,
        "mde": 0.02,
        "tags": [],
        "statistics": {},
        "worst": [{"clip_id": "a|b", "baseline": 1, "candidate": 4, "link": "report.html#clip=a%7Cb"}],
    } | changes


def finding(name="wer_abs[tag=noisy]", outcome="fail", **changes):
    """One rule in one slice of `verdict.json`."""
    rule_name, _, slice_name = name.removesuffix("]").partition("[")
    tested = outcome != "underpowered"
    return {
        "name": name,
        "rule": rule_name,
        "slice": slice_name,
        "unit": "ratio",
        "severity": "warn",
        "verdict": outcome,
        "calls": 30 if tested else 3,
        "value": 0.042,
        "low": 0.03 if tested else None,
        "high": 0.054 if tested else None,
        "margin": 0.01,
        "p": 0.001 if tested else None,
        "adjusted_p": 0.004 if tested else None,
        "explanation": f"Because of {name}.",
    } | changes


def failing(side="candidate", *, mostly=True):
    """The sides of `verdict.json` of which sessions failed."""
    failed = 3 if mostly else 1
    text = f"{side}: {failed} of 3 sessions failed: HTTP 401 from POST https://a.example/v2/live (no such key)"
    return {"failed_sides": [{"side": side, "failed": failed, "sessions": 3, "mostly": mostly, "explanation": text}]}


def sliced(*findings, level="warn"):
    """The slices of `verdict.json`."""
    return {"slices": {"level": level, "findings": list(findings)}}


def verdict(outcome="inconclusive", *rules, **changes):
    """`verdict.json` with some rules."""
    return {
        "schema": "harness.verdict/1",
        "run_id": "r1",
        "endpoint": "emulated",
        "verdict": outcome,
        "exit_code": {"pass": 0, "fail": 1, "invalid": 3, "inconclusive": 4}[outcome],
        "reason": None,
        "reasons": [],
        "explanation": "Why, in a sentence.",
        "next_step": "Do this.",
        "needed_calls": 40 if outcome == "inconclusive" else None,
        "bootstrap": {"seed": 1, "resamples": 9999},
        "rules": list(rules),
        "skipped": [{"rule": "entity_miss", "reason": "fewer than 100 trials"}],
        **sliced(),
    } | changes


def invalid(*clip_ids, **changes):
    """`verdict.json` of a run of which the harness spoilt some pairs."""
    pairs = [
        {
            "clip_id": clip_id,
            "pass": 1,
            "late_ms": 438.2,
            "explanation": "438 ms late",
            "findings": ["baseline: send lateness reached 438 ms, limit 100 ms"],
            "link": f"report.html#clip={clip_id}",
        }
        for clip_id in clip_ids
    ]
    text = f"{len(pairs)} of 30 pairs are invalid"
    reasons = [{"kind": "spoilt_pairs", "explanation": text, "pairs": pairs}]
    return verdict("invalid", rule(), reason=text, reasons=reasons) | changes
