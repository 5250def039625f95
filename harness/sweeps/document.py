"""`sweep.json`: every variant's figures and verdict, what no variant beats, which one is best, and what that rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.metrics.scores import Scores
from harness.metrics.tables import read_scores
from harness.report.numbers import NBSP, Kind, number, show, show_difference, show_interval
from harness.report.verdict_text import blocks
from harness.rundir import RunDir
from harness.scoring import FORGOTTEN
from harness.sweeps.between import differences
from harness.sweeps.choice import ELIGIBLE, Standing, lucky_passes, pareto_front, ranked
from harness.verdict.results import EXIT_CODES
from harness.verdict.rules import GateSettings

SCHEMA = "harness.sweep/1"

RATIOS = ("wer", "normalized_erasure", "session_failure_rate")
LATENCIES = ("first_partial_ms", "endpoint_ms", "final_ms")
QUANTILES = ("p50", "p95")

CRITERION = (
    "Of the variants that pass, the one with the lowest p95 of finals; if none passes, of those inconclusive ones that have the fewest "
    "differences, as measured, beyond a margin. Those less than one chunk of audio above it count as equally fast, and the one with the fewest early cuts is taken, then the one with the fewest word errors."
)

_RULE_KEYS = (
    "rule", "label", "severity", "verdict", "unit", "margin", "baseline", "candidate", "value", "low", "high", "calls", "needed_calls",
    "explanation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """A variant's run, scored and judged."""

    label: str
    settings: Mapping[str, Any]
    folder: RunDir
    run: Mapping[str, Any]
    summary: Mapping[str, Any]
    verdict: Mapping[str, Any]

    def standing(self, cutoffs: str) -> Standing:
        """What decides about it."""
        metrics = self.summary["metrics"]
        return Standing(
            self.label,
            self.verdict["verdict"],
            number(metrics["final_ms"]["candidate"]["p95"]),
            number(metrics[cutoffs]["candidate"]["value"]),
            number(metrics["wer"]["candidate"]["value"]),
            tuple(rule["label"] for rule in self.verdict["rules"] if _is_beyond(rule)),
        )

    def scores(self) -> Scores:
        """What comparing it with another variant needs."""
        return read_scores(self.folder.path / "scores", without=(*FORGOTTEN, "word_timings", "boundaries"))


def sweep_json(baseline: Mapping[str, Any], variants: Sequence[Judged], settings: GateSettings) -> dict[str, Any]:
    """The result of a sweep.

    Args:
        baseline: `run.json` of the baseline's run, whose name is the sweep's.
        variants: In the order in which they were asked for.
        settings: Of the gate: for the metric of early cuts, and seed and resamples of what is compared here.

    Returns:
        A JSON-safe document of schema `harness.sweep/1`, equal for equal input.
    """
    cutoffs = "false_cutoff_rate_by_time" if settings.endpoint_source == "time" else "false_cutoff_rate"
    standings = [each.standing(cutoffs) for each in variants]
    order = ranked(standings, tie_ms=baseline["config"]["audio"]["chunk_ms"])
    front = pareto_front(standings)
    by_label = {each.label: each for each in variants}
    best = by_label[order[0].name] if order else None
    return {
        "schema": SCHEMA,
        "run_id": baseline["run_id"],
        "endpoint": variants[0].run["endpoint"],
        "verdict": _outcome(standings),
        "exit_code": EXIT_CODES[_outcome(standings)],
        "answer": _answer(order, standings),
        "figures": "" if best is None else _figures(best, cutoffs),
        "ruled_out": [found for each in variants if (found := _ruled_out(each))],
        "next_step": _next_step(best, variants),
        "criterion": CRITERION,
        "cutoff_metric": cutoffs,
        "axes": baseline["sweep"]["axes"],
        "design": _design(baseline),
        "baseline": _baseline(baseline, variants, cutoffs),
        "variants": [_variant(each, cutoffs, order, front) for each in variants],
        "pareto_front": front,
        "best": None if best is None else _best(best, order, by_label, settings, cutoffs),
        "notes": list(_notes(baseline, variants, order)),
    }


def _outcome(standings: Sequence[Standing]) -> Any:
    """The sweep's own word: the best verdict that a variant has."""
    words = {standing.verdict for standing in standings}
    return next(word for word in (*ELIGIBLE, "fail", "invalid") if word in words)


def _is_beyond(rule: Mapping[str, Any]) -> bool:
    """Whether a rule that blocks has a difference beyond its margin, proven or not."""
    value = number(rule["value"])
    return blocks(rule) and value is not None and value > rule["margin"]


def _answer(order: Sequence[Standing], standings: Sequence[Standing]) -> str:
    if not order:
        valid = [standing for standing in standings if standing.verdict != "invalid"]
        return "No variant keeps to the margins." if valid else "No variant was measured validly."
    best = order[0]
    if best.verdict == "pass":
        return f"Best: {best.name}. It keeps to all margins."
    seen = f" What was measured is beyond a margin all the same: {', '.join(best.beyond)}." if best.beyond else ""
    return f"Best so far: {best.name}. No variant passes; this one is proven neither to break a margin nor to keep to all of them.{seen}"


def _figures(best: Judged, cutoffs: str) -> str:
    """What the best variant does, and by how much that differs from the baseline."""
    metrics = best.summary["metrics"]
    finals = metrics["final_ms"]
    told: list[tuple[str, Any, Any, Kind]] = [
        ("finals p50", finals["candidate"]["p50"], finals["difference"]["p50"], "ms"),
        ("p95", finals["candidate"]["p95"], finals["difference"]["p95"], "ms"),
        ("early cuts", metrics[cutoffs]["candidate"]["value"], metrics[cutoffs]["difference"], "percent"),
        ("WER", metrics["wer"]["candidate"]["value"], metrics["wer"]["difference"], "percent"),
    ]
    texts = [f"{name} {show(value, kind)} ({show_difference(gap['value'], kind)})" for name, value, gap, kind in told]
    return f"{', '.join(texts)} against the baseline.".replace(NBSP, " ")


def _ruled_out(each: Judged) -> dict[str, Any] | None:
    """A variant that can't be best, and the rules that say so; None for one that can."""
    word = each.verdict["verdict"]
    if word in ELIGIBLE:
        return None
    by = [rule["label"] for rule in each.verdict["rules"] if blocks(rule) and rule["verdict"] == "fail"]
    by += [
        found["name"] for found in each.verdict["slices"]["findings"] if blocks(found) and found["verdict"] == "fail"
    ]
    return {
        "variant": each.label,
        "verdict": word,
        "by": by if word == "fail" else [],
        "reason": each.verdict["explanation"],
    }


def _next_step(best: Judged | None, variants: Sequence[Judged]) -> str:
    if best is None:
        return f"See why in the report of each variant. {variants[0].verdict['next_step']}"
    if best.verdict["verdict"] == "inconclusive":
        return str(best.verdict["next_step"])
    return "Confirm it: run harness compare on calls that are not in this sweep, with these parameters of the candidate, and decide by that run."


def _design(baseline: Mapping[str, Any]) -> dict[str, Any]:
    earlier = baseline["provenance"].get("baseline_run")
    config = baseline["config"]
    return {
        "order": "interleaved by clip",
        "seed": config["replay"]["seed"],
        "chunk_ms": config["audio"]["chunk_ms"],
        "baseline": "recorded among the candidates" if earlier is None else "of an earlier run",
        "baseline_run": earlier and earlier["run_id"],
    }


def _baseline(baseline: Mapping[str, Any], variants: Sequence[Judged], cutoffs: str) -> dict[str, Any]:
    measured = next((each for each in variants if each.verdict["verdict"] != "invalid"), variants[0])
    metrics = measured.summary["metrics"]
    config = baseline["config"]["baseline"]
    return {
        "run_id": baseline["run_id"],
        "provider": config["provider"],
        "params": config["params_as_sent"],
        "metrics": {
            **{name: metrics[name]["baseline"]["value"] for name in (cutoffs, *RATIOS)},
            **{name: {q: metrics[name]["baseline"][q] for q in QUANTILES} for name in LATENCIES},
        },
    }


def _variant(each: Judged, cutoffs: str, order: Sequence[Standing], front: Sequence[str]) -> dict[str, Any]:
    metrics = each.summary["metrics"]
    ranks = [standing.name for standing in order]
    return {
        "variant": each.label,
        "set": dict(each.settings),
        "params": each.run["config"]["candidate"]["params"],
        "run_id": each.run["run_id"],
        "report": f"../{each.run['run_id']}/report.html",
        "verdict": each.verdict["verdict"],
        "explanation": each.verdict["explanation"],
        "rank": ranks.index(each.label) + 1 if each.label in ranks else None,
        "on_pareto_front": each.label in front,
        "sessions": each.summary["sessions"]["candidate"],
        "rules": [{key: rule.get(key) for key in _RULE_KEYS} for rule in each.verdict["rules"]],
        "metrics": {name: metrics[name] for name in (cutoffs, *RATIOS)}
        | {name: _latency(metrics[name]) for name in LATENCIES},
    }


def _latency(block: Mapping[str, Any]) -> dict[str, Any]:
    sides = {
        side: {key: block[side][key] for key in ("n", "missing", *QUANTILES)} for side in ("baseline", "candidate")
    }
    kept = {key: value for key, value in block["difference"].items() if key in {*QUANTILES, "level", "calls"}}
    return {"unit": block["unit"], **sides, "difference": kept}


def _best(
    best: Judged, order: Sequence[Standing], by_label: Mapping[str, Judged], settings: GateSettings, cutoffs: str
) -> dict[str, Any]:
    """The best variant, and by how much every other valid one differs from it."""
    scores = best.scores()
    others = [each for each in by_label.values() if each is not best and each.verdict["verdict"] != "invalid"]
    against = {each.label: differences(scores, each.scores(), settings, cutoffs) for each in others}
    runner_up = next((standing.name for standing in order[1:] if standing.verdict == order[0].verdict), None)
    compared = None if runner_up is None else against[runner_up]
    return {
        "variant": best.label,
        "run_id": best.run["run_id"],
        "verdict": best.verdict["verdict"],
        "params": best.run["config"]["candidate"]["params"],
        "runner_up": runner_up,
        "distinguishable": None if compared is None else any(_apart(block) for block in _deciding(compared, cutoffs)),
        "explanation": _runner_up_text(runner_up, compared, cutoffs),
        "others": [{"variant": name, "difference": found} for name, found in against.items()],
    }


def _deciding(compared: Mapping[str, Any], cutoffs: str) -> tuple[Mapping[str, Any], ...]:
    return compared["final_ms"]["p95"], compared[cutoffs]


def _apart(block: Mapping[str, Any]) -> bool:
    """Whether an interval leaves 0 out."""
    low, high = number(block.get("low")), number(block.get("high"))
    return low is not None and high is not None and (low > 0 or high < 0)


def _runner_up_text(name: str | None, compared: Mapping[str, Any] | None, cutoffs: str) -> str:
    if name is None or compared is None:
        return "No other variant has as good a verdict, so it is the margins that chose."
    finals, cuts = _deciding(compared, cutoffs)
    texts = {"finals p95": _gap(finals, "ms"), "early cuts": _gap(cuts, "percent")}
    told = "; ".join(f"{what} {text}" for what, text in texts.items())
    apart = [what for what, block in zip(texts, (finals, cuts), strict=True) if _apart(block)]
    if apart:
        return f"Next is {name}, which differs beyond chance in {' and '.join(apart)}: {told}."
    return f"Not distinguishable from {name}, the next: {told}. Either may be the better one."


def _gap(block: Mapping[str, Any], kind: Any) -> str:
    value = show_difference(block["value"], kind)
    if block.get("low") is None:
        return f"{value} ({block.get('reason', 'no interval')})".replace(NBSP, " ")
    return f"{value} (90 % interval {show_interval(block['low'], block['high'], kind)})".replace(NBSP, " ")


def _notes(baseline: Mapping[str, Any], variants: Sequence[Judged], order: Sequence[Standing]) -> list[str]:
    notes = [_time_note(baseline)]
    if order:
        luck = lucky_passes(len(variants))
        notes.append(
            f"It is the best of {len(variants)}, so its own figures flatter it; and with each candidate judged at 5 %, one that is exactly "
            f"as bad as a margin allows is among those that pass in up to {100 * luck:.0f} % of such sweeps. Verdicts and intervals are "
            "not corrected for that: a run of the chosen setting on fresh calls is."
        )
    invalid = [each.label for each in variants if each.verdict["verdict"] == "invalid"]
    if invalid:
        notes.append(f"Not measured validly, and left out of the choice: {', '.join(invalid)}.")
    return notes


def _time_note(baseline: Mapping[str, Any]) -> str:
    earlier = baseline["provenance"].get("baseline_run")
    if earlier is None:
        return (
            "Every clip was played by all candidates one right after the other, in an order that moves on from clip to clip, and by the "
            "baseline once, with one of them in turn. All share the hour, not the instant: what the network did in one moment is not "
            "cancelled in each difference, only drift is."
        )
    return (
        f"The baseline is that of run {earlier['run_id']} and did not share the candidates' hour and network: latency differences to it "
        "carry that too. Differences between candidates do not; they were played clip by clip in turn."
    )
