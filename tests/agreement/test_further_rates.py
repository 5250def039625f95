"""Rates beside the gated one are those of jiwer and MeetEval: MER, WIL, CER, and errors constrained by time."""

import json
from pathlib import Path

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import oracle

from harness import pipeline
from harness.metrics.time_constrained import TimedWords, delivered_spans, reference_spans, time_constrained_errors
from harness.metrics.words import align
from harness.rundir import RunDir
from harness.timeline.events import SIDES

GAPS = st.sampled_from([0.0, 0.5, 1.0, 3.0])
WORDS = st.lists(st.sampled_from(["a", "bb", "ccc"]), min_size=1, max_size=4)
Groups = list[tuple[tuple[float, float], list[str]]]


@st.composite
def spoken(draw: st.DrawFn) -> Groups:
    """Segments one after the other, of one to four words each."""
    groups, at_s = [], 0.0
    for words in draw(st.lists(WORDS, min_size=1, max_size=4)):
        start_s = at_s + draw(GAPS)
        at_s = start_s + 0.5 + draw(GAPS)
        groups.append(((start_s, at_s), words))
    return groups


@settings(max_examples=60)
@given(spoken(), spoken(), st.sampled_from([0.3, 1.1, 5.0]))
def test_time_constrained_errors_are_those_of_meeteval(reference: Groups, delivered: Groups, collar_s: float):
    """With its default times of words within a segment, for any collar."""
    said, heard = ([word for _, words in groups for word in words] for groups in (reference, delivered))
    ours = time_constrained_errors(
        TimedWords(said, reference_spans(reference)),
        TimedWords(heard, delivered_spans(delivered, collar_s)),
        align(said, heard),
    )
    theirs = oracle("meeteval.wer").time_constrained_siso_word_error_rate(
        segments(reference), segments(delivered), collar=collar_s
    )

    assert theirs.errors == ours


def segments(groups: Groups) -> object:
    return oracle("meeteval.io").SegLST(
        [
            {"session_id": "s", "speaker": "x", "start_time": start, "end_time": end, "words": " ".join(words)}
            for (start, end), words in groups
        ]
    )


@pytest.mark.parametrize("side", SIDES)
def test_a_run_has_the_same_rates(golden: RunDir, tmp_path: Path, side: str):
    """Of the summary, from the files of `harness export`."""
    metrics = pipeline.score(golden)["metrics"]
    pipeline.export(golden, ["seglst"], tmp_path, normalized=True)
    paths = [tmp_path / f"{name}.seglst.json" for name in ("reference", f"{side}.1")]
    reference, delivered = map(texts, paths)
    joined = [delivered[session] for session in reference]
    words = jiwer.process_words(list(reference.values()), joined)
    files = [oracle("meeteval.io").SegLST.load(path) for path in paths]
    timed = sum(oracle("meeteval.wer").tcpwer(*files, collar=5).values())

    assert {"mer": words.mer, "wil": words.wil, "cer": jiwer.cer(list(reference.values()), joined)} == pytest.approx(
        {name: metrics[name][side]["value"] for name in ("mer", "wil", "cer")}, rel=1e-5
    )
    assert timed.errors == metrics["tcwer"][side]["errors"]


def texts(path: Path) -> dict[str, str]:
    """The words of each session, segment after segment."""
    found: dict[str, str] = {}
    for segment in json.loads(path.read_text()):
        found[segment["session_id"]] = f"{found.get(segment['session_id'], '')} {segment['words']}".strip()
    return found
