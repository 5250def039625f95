import json
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from builders import clip, timeline, turn, utterance
from examples import flight_clip
from scripted import DEMO

from harness.corpus.manifest import load_corpus
from harness.corpus.model import Clip
from harness.errors import RunError
from harness.forecast.evidence import TRIALS, explain, prospects, read_pilot, trials_of
from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.tables import write_scores
from harness.rundir import SCHEMA
from harness.timeline.fold import fold
from harness.verdict.estimands import RATIO, paired_samples, pool
from harness.verdict.latencies import LATENCY
from harness.verdict.population import Population
from harness.verdict.rules import BY_TIME, RULES, GateSettings

SETTINGS = GateSettings(resamples=999)


def answered(clips: tuple[Clip, ...], passes: int) -> Population:
    """Both sides answer every clip with one final of one wrong word; scored as a run is."""

    def session(one: Clip, side: str):
        frames = [turn(1.0, "wrong", final=True, formatted=True)]
        return fold(timeline(frames, side=side, clip_id=one.clip_id, duration_s=one.duration_s))

    items = [
        (one, {side: session(one, side) for side in ("baseline", "candidate")}, number)
        for one in clips
        for number in range(1, passes + 1)
    ]
    return Population.of(score_run(items, ScoreSettings(use_secondary=False)))


def pilot_run(folder: Path, *, endpoint: str = "live", calls: int = 30) -> Path:
    """A scored run as far as a pilot is read."""
    write_scores(folder / "scores", synthetic.run(calls=calls))
    (folder / "run.json").write_text(json.dumps({"schema": SCHEMA, "endpoint": endpoint}))
    return folder


WITHOUT_TEXT = clip(
    [utterance(None, 0.5, 1.5), utterance(None, 2.5, 3.5)], clip_id="heard", text=None, time_source="vad"
)
SILENT = clip([], clip_id="silent", text="", time_source="none")
MARKED = clip([utterance("one [unintelligible] two", 0.5, 1.5)], clip_id="marked")
PAUSING = clip(
    [utterance(None, at_s, at_s + 0.5, turn_id="t") for at_s in (0.5, 1.5, 2.5)], clip_id="pausing", time_source="vad"
)
UNTIMED = clip([utterance("one two", 0.0, 6.0)], clip_id="untimed", time_source="none")


@pytest.mark.parametrize("passes", [1, 2])
def test_the_plan_counts_what_scoring_counts(passes: int):
    """Words, sessions, turns, those with a pause, and utterances of the demo, and of clips with all that is peculiar."""
    clips = (*load_corpus(DEMO).clips, WITHOUT_TEXT, SILENT, MARKED, UNTIMED, PAUSING, flight_clip())
    population, trials = answered(clips, passes), trials_of(clips, passes, by_time=True)

    for metric in ("wer", "session_failure_rate", "false_cutoff_rate", "false_cutoff_rate_by_time"):
        counts = pool(RATIO[metric].rows(population))
        assert (len(counts.calls), counts.baseline_trials.sum()) == (trials[metric].calls, trials[metric].total), metric
    for metric in ("final_ms", "first_partial_ms"):
        rows, _ = paired_samples(LATENCY[metric], population)
        assert (len({row.call_id for row in rows}), len(rows)) == (trials[metric].calls, trials[metric].total), metric


def test_every_rule_is_counted_on_something():
    """A rule that is added without this would be planned as one without data."""
    assert {rule.metric for rule in (*RULES, *BY_TIME.values())} == set(TRIALS)


def test_clips_of_one_call_are_one_call():
    """Both channels of a conversation, or a call cut into pieces."""
    pieces = [replace(MARKED, clip_id=f"piece-{number}", call_id="one call") for number in range(3)]

    assert (trials_of(pieces, 1)["wer"].calls, trials_of(pieces, 1)["wer"].total) == (1, 6)
    assert prospects(pieces, 1, SETTINGS).calls == 1


def test_a_pilot_lends_its_spread(tmp_path: Path):
    """Rules that it tells of rest on it."""
    found = prospects(load_corpus(DEMO).clips, 1, SETTINGS, read_pilot(pilot_run(tmp_path)))
    bases = {power.rule.name: power.basis for power in found.rules}

    assert ("pilot", "pilot", None) == (bases["wer_abs"], bases["final_p95"], bases["post_final_mutation"])


def test_a_pilot_with_emulators_is_doubted(tmp_path: Path):
    """How much two emulators differ says nothing about the services."""
    found = prospects(load_corpus(DEMO).clips, 1, SETTINGS, read_pilot(pilot_run(tmp_path, endpoint="emulated")))

    assert any("answered by emulators" in doubt for doubt in found.doubts)


def test_a_pilot_of_much_longer_calls_is_doubted(tmp_path: Path):
    """The spread of calls of 122 words is not that of calls of 28; of calls alike, nothing is said."""
    pilot = read_pilot(pilot_run(tmp_path))
    alike = [clip([utterance("word " * 100, 0, 5)], clip_id=f"clip-{number}") for number in range(30)]

    assert any(
        "hold 122 reference words" in doubt for doubt in prospects(load_corpus(DEMO).clips, 1, SETTINGS, pilot).doubts
    )
    assert prospects(alike, 1, SETTINGS, pilot).doubts == ()


def test_a_pilot_counts_a_repeated_clip_once(tmp_path: Path):
    """Passes make no call longer."""
    once = synthetic.run(calls=2)
    again = [replace(row, pass_number=2) for row in once.sessions]
    write_scores(tmp_path / "scores", replace(once, sessions=(*once.sessions, *again)))
    (tmp_path / "run.json").write_text(json.dumps({"schema": SCHEMA, "endpoint": "live"}))
    words = sum(row.words.reference_words for row in once.sessions if row.side == "baseline")

    assert read_pilot(tmp_path).words_per_call == words / 2


def test_a_pilot_that_was_not_scored_is_refused(tmp_path: Path):
    """One message, and what to do."""
    (tmp_path / "run.json").write_text(json.dumps({"schema": SCHEMA, "endpoint": "live"}))

    with pytest.raises(RunError, match="Run `harness score`"):
        read_pilot(tmp_path)


def test_a_pilot_without_a_valid_pair_is_refused(tmp_path: Path):
    """There is nothing to learn from it."""
    run = pilot_run(tmp_path)
    write_scores(run / "scores", synthetic.scores())

    with pytest.raises(RunError, match="Name another run with --pilot"):
        read_pilot(run)


def test_what_a_rule_that_can_not_block_needs_is_not_what_the_run_needs():
    """With too few sessions the success rule only warns; all others but the count of mutations are off here."""
    on = ("success", "post_final_mutation")
    levels = {rule.name: "off" for rule in RULES if rule.name not in on}
    found = prospects(load_corpus(DEMO).clips, 1, GateSettings(levels=levels))

    assert {power.rule.name: power.needed for power in found.rules if power.rule.name in on} == {
        "success": 488, "post_final_mutation": 20,
    }  # fmt: skip
    assert found.needed_calls == 20


def test_every_rule_is_explained():
    """In words with the figures behind them."""
    told = {power.rule.name: explain(power) for power in prospects(load_corpus(DEMO).clips, 1, SETTINGS).rules}

    assert told["wer_abs"] == "likely to stay inconclusive"
    assert told["success"] == "30 sessions; even a flawless candidate needs 616. Only a failure blocks"
    assert told["final_p95"] == "48 turns; fewer than 300 decide nothing"
    assert told["entity_miss"] == "off: 0 mentions, and it asks for 100"
    assert told["post_final_mutation"] == "decides: a single one fails"
