from dataclasses import replace

import synthetic

from harness.metrics.word_counts import WordCounts
from harness.verdict.population import Population
from harness.verdict.rules import RULES, GateSettings
from harness.verdict.slices import slice_verdicts, slices_of
from harness.verdict.wording import explain_slice


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


def test_every_rule_in_every_slice_has_an_answer():
    """Tested slices have a difference in the rule's unit between its bounds; the others say why there is none."""
    tables = {"bad": synthetic.run(30, candidate_wer=0.2, clip="bad-{}"), "few": synthetic.run(3, clip="few-{}")}
    sessions = [replace(row, tags=(tag,)) for tag, scores in tables.items() for row in scores.sessions]
    population = Population.of(synthetic.scores(sessions))
    rules = [rule for rule in RULES if rule.name in {"wer_abs", "wer_rel", "entity_miss", "final_p50"}]

    found = {verdict.name: verdict for verdict in slice_verdicts(population, GateSettings(slices="error"), rules)}

    names = [f"{rule}[{name}]" for rule in ("wer_abs", "wer_rel") for name in ("tag=bad", "tag=few")]
    assert names == [name for name in found if "duration" not in name]
    assert ("fail", True) == (found["wer_abs[tag=bad]"].outcome, found["wer_abs[tag=bad]"].blocks)
    for verdict in (found["wer_abs[tag=bad]"], found["wer_rel[tag=bad]"]):
        assert verdict.margin < verdict.low < verdict.value < verdict.high
    few = found["wer_abs[tag=few]"]
    assert ("underpowered", None, 3, False) == (few.outcome, few.p, few.calls, few.blocks)
    assert "Not tested: only 3 calls, fewer than 20." == explain_slice(few)
    assert "adjusted p" in explain_slice(found["wer_abs[tag=bad]"])
    flawless = Population.of(synthetic.scores([replace(row, words=WordCounts(hits=100)) for row in sessions]))
    relative = next(v for v in slice_verdicts(flawless, GateSettings(), rules) if v.name == "wer_rel[tag=bad]")
    assert (30, "underpowered", None) == (relative.calls, relative.outcome, relative.value)
    assert "while the baseline has no errors" in explain_slice(relative)
