"""`sweep.json` of a run that stands for several variants, and how two of them are held against each other."""

from dataclasses import replace
from typing import Any

import pytest

from harness.metrics.tables import read_scores
from harness.rundir import RunDir
from harness.sweeps.between import differences
from harness.sweeps.document import Judged, sweep_json
from harness.verdict.rules import GateSettings

SETTINGS = GateSettings(resamples=999)


def entry(run: RunDir, value: float, verdict: str, p95_ms: float) -> Judged:
    """The run as a variant with this verdict and p95; what compares two of them reads the same scores."""
    document, summary, word = (run.read_json(name) for name in ("run.json", "summary.json", "verdict.json"))
    summary["metrics"]["final_ms"]["candidate"]["p95"] = p95_ms
    document["run_id"] = f"sweep-a-{value:g}"
    return Judged(f"a={value:g}", {"a": value}, run, document, summary, word | {"verdict": verdict})


def swept(*variants: Judged, earlier: str | None = None) -> dict[str, Any]:
    side = {"provider": "assemblyai", "params_as_sent": {}}
    baseline: dict[str, Any] = {
        "run_id": "sweep",
        "sweep": {"axes": {"a": [1, 2]}},
        "config": {"replay": {"seed": 1}, "audio": {"chunk_ms": 100.0}, "baseline": side},
        "provenance": {"baseline_run": {"run_id": earlier}} if earlier else {},
    }
    return sweep_json(baseline, variants, SETTINGS)


def test_a_best_that_is_only_undecided_says_what_was_beyond_its_margin(judged: RunDir):
    """The one of two that has less of it, though it is slower."""
    good, bad = entry(judged, 1, "inconclusive", 900.0), entry(judged, 2, "inconclusive", 500.0)
    rules = [rule | {"severity": "error", "verdict": "inconclusive", "value": 0.0} for rule in bad.verdict["rules"]]
    within = replace(good, verdict=dict(good.verdict) | {"rules": rules})
    cuts = [rule | ({"value": 0.3} if rule["rule"] == "false_cutoff" else {}) for rule in rules]
    cutting = replace(bad, verdict=dict(bad.verdict) | {"rules": cuts})

    assert "Best so far: a=1." in swept(within, cutting)["answer"]
    assert "beyond" not in swept(within, cutting)["answer"]
    assert "Best so far: a=2." in swept(cutting)["answer"]
    assert swept(cutting)["answer"].endswith("beyond a margin all the same: Early cuts.")


def test_the_next_best_is_named_with_what_parts_the_two(judged: RunDir):
    """Of equal scores nothing does, and it is said that either may be better."""
    found = swept(entry(judged, 1, "pass", 900.0), entry(judged, 2, "pass", 500.0), entry(judged, 3, "fail", 1.0))

    assert ("a=2", "a=1", False) == tuple(found["best"][key] for key in ("variant", "runner_up", "distinguishable"))
    assert found["best"]["explanation"].startswith(
        "Not distinguishable from a=1, the next: finals p95 0 ms (90 % interval 0"
    )
    assert ["a=1", "a=3"] == [other["variant"] for other in found["best"]["others"]]
    assert {2: 1, 1: 2, 3: None} == {variant["set"]["a"]: variant["rank"] for variant in found["variants"]}
    assert ("pass", 0) == (found["verdict"], found["exit_code"])
    assert ["a=3"] == [out["variant"] for out in found["ruled_out"]]
    assert "in up to 14 % of such sweeps" in found["notes"][1]


@pytest.mark.parametrize(
    ("words", "verdict", "code", "answer"),
    [
        (("inconclusive", "fail"), "inconclusive", 4, "Best so far: a=0. No variant passes"),
        (("fail", "invalid"), "fail", 1, "No variant keeps to the margins."),
        (("invalid", "invalid"), "invalid", 3, "No variant was measured validly."),
    ],
)
def test_the_best_verdict_of_any_variant_is_the_sweeps(
    judged: RunDir, words: tuple[str, ...], verdict: str, code: int, answer: str
):
    """Undecided is no pass, and says so; without a best one, the reports say why."""
    found = swept(*(entry(judged, place, word, 500.0) for place, word in enumerate(words)))

    assert (verdict, code) == (found["verdict"], found["exit_code"])
    assert found["answer"].startswith(answer)
    assert (found["best"] is None) == (verdict in {"fail", "invalid"})
    assert (verdict == "inconclusive") == ("nor to keep to all of them." in found["answer"])


def test_a_baseline_of_another_hour_is_said_to_be_one(judged: RunDir):
    """Differences to it carry more than the setting; those between candidates don't."""
    variants = [entry(judged, 1, "pass", 900.0), entry(judged, 2, "pass", 500.0)]
    notes = [swept(*variants, earlier=earlier)["notes"][0] for earlier in (None, "monday")]

    assert "played by all candidates one right after the other" in notes[0]
    assert "The baseline is that of run monday and did not share the candidates' hour and network" in notes[1]


def test_two_candidates_are_compared_pair_by_pair(judged: RunDir):
    """What one is later in every turn, and nothing else, is what comes out; the baseline plays no part."""
    one = read_scores(judged.path / "scores")
    late = tuple(
        replace(row, final_ms=row.final_ms + 200.0) if row.side == "candidate" and row.final_ms is not None else row
        for row in one.turns
    )
    found = differences(one, one.with_rows(one.sessions, one.utterances, late), SETTINGS, "false_cutoff_rate")
    without = differences(
        one.with_rows(
            [row for row in one.sessions if row.side == "candidate"],
            [],
            [row for row in one.turns if row.side == "candidate"],
        ),
        one.with_rows(one.sessions, one.utterances, late),
        SETTINGS,
        "false_cutoff_rate",
    )

    assert 200.0 == found["final_ms"]["p50"]["value"] == found["final_ms"]["p95"]["value"]
    assert found["final_ms"]["p50"]["low"] <= 200.0 <= found["final_ms"]["p50"]["high"]
    assert {0.0} == {found[name]["value"] for name in ("false_cutoff_rate", "wer")}
    assert found == without
