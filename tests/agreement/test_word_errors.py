"""Word errors are those of jiwer, kaldialign and MeetEval, on drawn sequences and on a run of the demo corpus."""

import json
from pathlib import Path

import jiwer
import kaldialign
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import oracle

from harness import pipeline
from harness.metrics.compounds import compound_errors
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import align, count, word_information_lost
from harness.rundir import RunDir
from harness.timeline.events import SIDES

TOKENS = st.lists(st.sampled_from(["a", "b", "ab", "aba", "c", "don't"]), max_size=10)
REFERENCE = TOKENS.filter(bool)
PARTS = st.lists(st.sampled_from(["a", "aa", "aaa", "b"]), min_size=1, max_size=6)


@given(REFERENCE, TOKENS)
def test_rates_are_those_of_jiwer(reference: list[str], hypothesis: list[str]):
    """Counts, WER, MER, WIL and CER, wherever there is a reference; jiwer breaks ties as we do."""
    found = count(align(reference, hypothesis))
    theirs = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    characters = count(align(" ".join(reference), " ".join(hypothesis)))

    assert (theirs.hits, theirs.substitutions, theirs.deletions, theirs.insertions) == (
        found.hits,
        found.substitutions,
        found.deletions,
        found.insertions,
    )
    assert theirs.wer == found.rate
    assert theirs.mer == found.errors / found.aligned
    assert theirs.wil == pytest.approx(word_information_lost(found))
    assert jiwer.cer(" ".join(reference), " ".join(hypothesis)) == characters.rate


def test_words_without_a_reference_are_a_rate_to_jiwer_and_none_to_us():
    """It divides by one; here they are counted per minute of audio instead."""
    assert 2 == jiwer.wer("", "a b")
    assert count(align([], ["a", "b"])).rate is None


@given(REFERENCE, TOKENS)
def test_errors_are_those_of_kaldialign(reference: list[str], hypothesis: list[str]):
    """The number of errors is unique, and so are insertions less deletions; the rest depends on ties."""
    found = count(align(reference, hypothesis))
    theirs = kaldialign.edit_distance(reference, hypothesis)

    assert (theirs["total"], theirs["ins"] - theirs["del"]) == (found.errors, found.insertions - found.deletions)


@given(REFERENCE, TOKENS)
def test_sclite_weighs_errors_and_so_never_counts_fewer(reference: list[str], hypothesis: list[str]):
    """Its substitution costs 4, an insertion or deletion 3: it may prefer more errors to heavier ones."""
    found = count(align(reference, hypothesis))
    theirs = kaldialign.edit_distance(reference, hypothesis, sclite_mode=True)

    assert theirs["total"] >= found.errors
    assert weight(theirs["sub"], theirs["del"], theirs["ins"]) <= weight(
        found.substitutions, found.deletions, found.insertions
    )


def weight(substitutions: int, deletions: int, insertions: int) -> int:
    return 4 * substitutions + 3 * (deletions + insertions)


@given(PARTS, PARTS)
@example(["call", "415", "555", "0199"], ["call", "4155550199"])
def test_compounds_cost_what_they_cost_in_kaldialign(reference: list[str], hypothesis: list[str]):
    """Tokens that join to one token of the other side are no error."""
    assert kaldialign.edit_distance(reference, hypothesis, merge_compounds=True)["total"] == (
        compound_errors(reference, hypothesis)
    )


@settings(max_examples=30)
@given(REFERENCE, REFERENCE)
def test_time_constrained_errors_without_a_constraint_are_ours(reference: list[str], hypothesis: list[str]):
    """MeetEval with a collar of a day: only words are compared."""
    theirs = oracle("meeteval.wer").time_constrained_siso_word_error_rate(
        timed(reference), timed(hypothesis), collar=86400
    )

    assert (theirs.errors, theirs.length) == (count(align(reference, hypothesis)).errors, len(reference))


def timed(words: list[str]) -> object:
    segment = {"session_id": "s", "speaker": "x", "start_time": 0, "end_time": 10, "words": " ".join(words)}
    return oracle("meeteval.io").SegLST([segment])


@pytest.fixture(scope="module")
def exported(golden: RunDir, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    pipeline.export(golden, ["seglst"], out, normalized=True)
    return out


@pytest.mark.parametrize("side", SIDES)
def test_a_run_is_counted_alike_by_all(golden: RunDir, exported: Path, side: str):
    """From the files of `harness export` jiwer, kaldialign, sclite's weights and MeetEval pool what the summary says."""
    block = pipeline.score(golden)["metrics"]["wer"][side]
    ours = WordCounts(*(block[part] for part in ("hits", "substitutions", "deletions", "insertions")))
    reference, delivered = (texts(exported / f"{name}.seglst.json") for name in ("reference", f"{side}.1"))
    joined = [delivered[session] for session in reference]
    jiwers = jiwer.process_words(list(reference.values()), joined)
    kaldis = [kaldialign.edit_distance(a.split(), b.split()) for a, b in zip(reference.values(), joined, strict=True)]
    evaluated = sum(
        oracle("meeteval.wer").cpwer(*map(loaded, (exported, exported), ("reference", f"{side}.1"))).values()
    )

    assert ours.errors > 20
    assert (jiwers.hits, jiwers.substitutions, jiwers.deletions, jiwers.insertions) == (
        ours.hits,
        ours.substitutions,
        ours.deletions,
        ours.insertions,
    )
    assert jiwers.wer == pytest.approx(block["value"], rel=1e-5)
    assert (ours.errors, ours.reference_words) == (
        sum(one["total"] for one in kaldis),
        sum(one["ref_len"] for one in kaldis),
    )
    assert (ours.errors, ours.reference_words) == (evaluated.errors, evaluated.length)


def texts(path: Path) -> dict[str, str]:
    """The words of each session, segment after segment."""
    found: dict[str, str] = {}
    for segment in json.loads(path.read_text()):
        found[segment["session_id"]] = f"{found.get(segment['session_id'], '')} {segment['words']}".strip()
    return found


def loaded(folder: Path, name: str) -> object:
    return oracle("meeteval.io").SegLST.load(folder / f"{name}.seglst.json")
