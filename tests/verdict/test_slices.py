from dataclasses import replace

import synthetic

from harness.verdict.population import Population
from harness.verdict.rules import GateSettings
from harness.verdict.slices import slices_of


def test_a_slice_that_is_worse_than_the_margin_is_found():
    """Thirty calls that got much worse under their tag, thirty that did not; small slices are listed and not tested."""
    tables = {"bad": synthetic.run(30, candidate_wer=0.2, clip="bad-{}"), "good": synthetic.run(30, clip="good-{}")}
    sessions = [replace(row, tags=(tag,)) for tag, scores in tables.items() for row in scores.sessions]
    few = [replace(row, tags=("bad", "few")) if row.clip_id in {"bad-1", "bad-2"} else row for row in sessions]
    slices = slices_of(Population.of(synthetic.scores(few)), GateSettings(resamples=999))
    assert ("fail", "not_worse") == tuple(
        slices[f"tag={tag}"]["rules"]["wer_abs"]["verdict"] for tag in ("bad", "good")
    )
    bad = slices["tag=bad"]["metrics"]["wer"]["difference"]
    assert 0 < bad["low"] < bad["value"] < bad["high"]
    assert ({}, True, 2) == tuple(slices["tag=few"][key] for key in ("rules", "underpowered", "calls"))
