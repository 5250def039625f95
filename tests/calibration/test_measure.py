"""The harness measured end to end: real sockets, real SDKs, scripted services."""

import json
from pathlib import Path

import pytest

from harness.calibration.limits import COUNTED
from harness.calibration.material import Material, material_of
from harness.calibration.measure import calibrate
from harness.calibration.performance import perform
from harness.calibration.settings import Settings
from harness.calibration.truth import latencies_ms
from harness.calibration.vocabulary import wrong_word
from harness.errors import ConfigError
from harness.metrics.tables import read_scores
from harness.timeline.events import SIDES, Side

pytestmark = pytest.mark.slow
SETTINGS = Settings(1, 12, message_words=10)  # two utterances


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the calibration works."""
    return tmp_path_factory.mktemp("calibration")


@pytest.fixture(scope="module")
def found(folder: Path):
    """One pair, with the SDKs alone behind it."""
    calibration = calibrate(SETTINGS, folder)
    if calibration.document["invalid_sessions"]:
        pytest.skip("this machine is too busy: the harness spoiled the pair twice, which is not what is tested")
    return calibration


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_counted_comes_out_exactly(found, name: str):
    """On both sides, word errors and cut-offs above all."""
    entry = found.document["bias"][name]

    assert [0, 0] == [entry[side]["difference"] for side in SIDES]


def test_what_is_counted_is_not_nothing(found):
    """Both sides made errors, not the same ones, and turns were cut off."""
    bias = found.document["bias"]

    assert [3, 5] == [bias["wer"][side]["events"]["measured"] for side in SIDES]
    assert [1, 1] == [bias["false_cutoff_rate"][side]["events"]["measured"] for side in SIDES]
    assert [1, 1] == [bias["normalized_erasure"][side]["events"]["measured"] for side in SIDES]
    assert [1, 1] == [bias["post_final_mutation_count"][side]["measured"] for side in SIDES]


def test_every_chunk_and_every_text_is_there(found):
    """The number of samples is that of what was sent and said."""
    material = material_of(SETTINGS)
    said = {side: perform(material.utterances, material.sides[side]) for side in SIDES}
    finals = {"baseline": 2, "candidate": 1}  # a second, formatted one
    texts = {side: sum(len(each.partials) + finals[side] for each in segments) for side, segments in said.items()}
    document = found.document

    assert document["lateness_ms"]["n"] == 2 * (12 + 3) * 10
    assert texts == {
        "baseline": document["sdk_overhead_ms"]["assemblyai"]["n"],
        "candidate": document["sdk_overhead_ms"]["gladia"]["n"],
    }
    assert document["source_delay_ms"]["n"] == 2 * 2 * len(material.utterances)
    assert document["wire_error_ms"]["n"] > sum(texts.values())
    assert document["handler_error_ms"]["n"] <= document["wire_error_ms"]["n"]


@pytest.mark.parametrize("name", ["first_partial_ms", "final_ms", "endpoint_ms"])
def test_every_latency_is_held_against_its_truth(found, name: str):
    """Nothing is missing, and nothing comes before it was sent."""
    entry = found.document["bias"][name]
    for side in SIDES:
        assert (2, 0) == (entry["error_ms"][side]["n"], entry["error_ms"][side]["missing"])
        for quantile in ("p50", "p95"):
            assert entry[quantile][side]["since_sent"] >= -0.1  # the summary's own rounding
            assert entry[quantile][side]["difference"] == pytest.approx(
                entry[quantile][side]["measured"] - entry[quantile][side]["injected"]
            )


def test_every_injection_is_recovered_at_its_place(found, folder: Path):
    """Every edit at its word, cuts by turn and against the other side, words taken back and finals changed by segment.

    And every latency within the calibrated error.
    """
    scores = read_scores(folder / "run" / "scores")
    material = material_of(SETTINGS)
    most_ms = 1.0 + sum(found.document[name]["max"] for name in ("source_delay_ms", "wire_error_ms", "lateness_ms"))
    for side in SIDES:
        plan = material.sides[side]
        utterances = [row for row in scores.utterances if row.side == side]
        turns = [row for row in scores.turns if row.side == side]
        segments = [row for row in scores.segments if row.side == side]
        wrong = [len(injection.edits) + injection.corrected for injection in plan.injections]
        assert wrong == [row.errors for row in utterances]
        assert [int(injection.cut) for injection in plan.injections] == [row.early_cuts for row in turns]
        assert sum(injection.retracted for injection in plan.injections) == sum(row.erased_tokens for row in segments)
        assert len(plan.injections) + sum(injection.cut for injection in plan.injections) == len(segments)
        truth = latencies_ms(plan, material.utterances, SETTINGS.chunk_ms)
        for name, rows in (("first_partial_ms", utterances), ("final_ms", turns), ("endpoint_ms", turns)):
            errors = [getattr(row, name) - wanted for row, wanted in zip(rows, truth[name], strict=True)]
            assert all(-1.0 <= error <= most_ms for error in errors), (side, name, errors, most_ms)
        played = perform(material.utterances, plan)
        last = {each.utterance: place for place, each in enumerate(played)}
        taken_back = [each.retracted for each in plan.injections]
        assert [
            (int(taken_back[each.utterance] and last[each.utterance] == place), bool(each.correction))
            for place, each in enumerate(played)
        ] == [(row.erased_tokens, row.contract_violations > 0) for row in segments]
        assert _word_errors(material, side) == [
            (row.utterance, row.op, row.reference, row.hypothesis)
            for row in scores.words
            if row.side == side and row.op != "equal"
        ]
    assert _boundaries(material) == [
        (row.kind, row.baseline_position if row.kind == "merge" else row.candidate_position)
        for row in sorted(scores.boundaries, key=lambda row: row.candidate_position or row.baseline_position or 0)
    ]
    formatting = next(row for row in scores.pooled if (row.metric, row.side) == ("formatting_delay_ms", "baseline"))
    assert abs(formatting.p50_ms - (material.sides["baseline"].formatting_delay_ms or 0)) <= most_ms


def _word_errors(material: Material, side: Side) -> list[tuple]:
    """Utterance, operation and both words of every error that is played, in order; a correction is of the last word but one."""
    ops = {"substitution": "replace", "deletion": "delete", "insertion": "insert"}
    found = []
    for number, (utterance, injection) in enumerate(
        zip(material.utterances, material.sides[side].injections, strict=True)
    ):
        for edit in sorted(injection.edits, key=lambda edit: edit.word):
            said = None if edit.kind == "insertion" else utterance.words[edit.word].text
            found.append((number, ops[edit.kind], said, edit.text or None))
        if injection.corrected:
            found.append((number, "replace", utterance.words[-2].text, wrong_word(4 * number + 3)))
    return found


def _boundaries(material: Material) -> list[tuple[str, int]]:
    """Where turns are cut, by whom; and the ends of utterances, where both end, but for the last."""
    found, position = [], 0
    pairs = zip(*(material.sides[side].injections for side in SIDES), strict=True)
    for utterance, (a, b) in zip(material.utterances, pairs, strict=True):
        if a.cut or b.cut:
            kind = "matched" if a.cut and b.cut else "merge" if a.cut else "split"
            found.append((kind, position + utterance.hold))
        position += len(utterance.words)
        found.append(("matched", position))
    return found[:-1]


def test_the_document_holds_what_programs_rely_on(found):
    """Keys of the interface, as JSON without NaN."""
    document = json.loads(json.dumps(found.document, allow_nan=False))
    promised = {
        "schema", "pairs", "chunk_ms", "message_words", "lateness_ms", "wire_error_ms", "handler_error_ms", "sdk_overhead_ms",
        "cpu_s_per_session", "engine_cpu_share", "bias", "invalid_sessions",
    }  # fmt: skip

    assert document["schema"] == "harness.calibration/1"
    assert promised <= set(document)
    assert {"p50", "p90", "p99", "max", "n"} == set(document["lateness_ms"])
    for entry in document["bias"].values():
        assert {"injected", "measured", "difference"} <= set(entry)


def test_both_costs_are_known(found):
    """Recording costs more than nothing, and less than everything is the engine's."""
    document = found.document

    assert document["cpu_s_per_session"] > 0
    assert document["engine_cpu_share"] < 1
    assert document["cpu"]["sdks_alone_per_audio_s"] > 0


def test_what_cant_be_sent_is_refused(tmp_path: Path):
    """Before anything is played."""
    with pytest.raises(ConfigError, match="only whole samples can be sent"):
        calibrate(Settings(1, 12, 50.01, 10), tmp_path)
    assert not (tmp_path / "run").exists()
