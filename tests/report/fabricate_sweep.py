"""A sweep that never happened, with figures that are easy to name."""

import math
from typing import Any


def gap(value: float | None, spread: float | None) -> dict[str, Any]:
    if value is None or spread is None:
        return {"value": value, "low": None, "high": None, "reason": "too few calls for an interval", "calls": 3}
    return {"value": value, "low": value - spread, "high": value + spread, "level": 0.9, "calls": 40}


def variant(
    value: float, verdict: str, final_ms: float, cuts: float, *, best: bool = False, spread: float | None = 1.0
) -> dict[str, Any]:
    """`endpointing=value`, beside a baseline of 500 ms and 1 % of early cuts; `spread` scales all intervals."""
    reach = (lambda size: None) if spread is None else (lambda size: size * spread)
    never = math.isinf(final_ms)
    latency = {
        "candidate": {
            "n": 300,
            "missing": 0,
            "p50": final_ms if not never else "inf",
            "p95": "inf" if never else final_ms,
        },
        "difference": {
            name: {"value": "inf", "low": "inf", "high": "inf"} if never else gap(final_ms - 500, reach(40))
            for name in ("p50", "p95")
        },
    }
    label = f"endpointing={value:g}"
    ratio = {
        "false_cutoff_rate": (cuts, gap(cuts - 0.01, reach(0.01))),
        "wer": (0.08, gap(0.002, reach(0.004))),
        "normalized_erasure": (0.2, gap(0.01, reach(0.02))),
        "session_failure_rate": (0.0, gap(0.0, reach(0.01))),
    }
    rules = [("final_p95", 300.0), ("false_cutoff", 0.02), ("wer_abs", 0.01)]
    return {
        "variant": label,
        "set": {"endpointing": value},
        "params": {"endpointing": value},
        "run_id": f"night-endpointing-{value:g}",
        "report": f"../night-endpointing-{value:g}/report.html",
        "verdict": verdict,
        "explanation": "",
        "rank": 1 if best else None,
        "on_pareto_front": verdict != "invalid",
        "rules": [{"rule": name, "margin": margin, "verdict": verdict} for name, margin in rules],
        "metrics": {
            **{name: {"candidate": {"value": own}, "difference": found} for name, (own, found) in ratio.items()},
            **dict.fromkeys(("final_ms", "endpoint_ms", "first_partial_ms"), latency),
        },
    }


def fabricate_sweep(*variants: dict[str, Any], hostile: str = "") -> dict[str, Any]:
    """The document; the variant of rank 1, if there is one, is the best."""
    best = next((each for each in variants if each["rank"] == 1), None)
    out = [
        {"variant": each["variant"], "verdict": each["verdict"], "by": ["Early cuts"], "reason": "because"}
        for each in variants
        if each["verdict"] in {"fail", "invalid"}
    ]
    return {
        "schema": "harness.sweep/1",
        "run_id": f"night{hostile}",
        "endpoint": "emulated",
        "verdict": best["verdict"] if best else "fail",
        "exit_code": 0 if best else 1,
        "answer": f"Best: {best['variant']}{hostile}." if best else "No variant keeps to the margins.",
        "figures": "finals p95 520 ms." if best else "",
        "ruled_out": out,
        "next_step": "Confirm it.",
        "criterion": "The fastest.",
        "cutoff_metric": "false_cutoff_rate",
        "axes": {"endpointing": [each["set"]["endpointing"] for each in variants]},
        "design": {},
        "baseline": {
            "run_id": "night",
            "provider": "assemblyai",
            "params": {},
            "metrics": {
                "false_cutoff_rate": 0.01,
                "wer": 0.078,
                "normalized_erasure": 0.19,
                "session_failure_rate": 0.0,
                **{name: {"p50": 300.0, "p95": 500.0} for name in ("final_ms", "endpoint_ms", "first_partial_ms")},
            },
        },
        "variants": list(variants),
        "pareto_front": [each["variant"] for each in variants if each["on_pareto_front"]],
        "best": best and {"variant": best["variant"], "explanation": f"Not distinguishable from another{hostile}."},
        "notes": ["A note."],
    }
