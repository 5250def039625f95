"""CTM and STM as MeetEval and the project's own importer read them."""

from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pytest
from builders import clip, utterance
from drawn import drawn_lines
from foreign import audio, imported
from hypothesis import given, settings
from oracles import oracle

from harness.exports.nist import ctm, stm
from harness.exports.transcripts import Line, reference_lines
from harness.metrics.settings import ScoreSettings


@settings(max_examples=40)
@given(drawn_lines())
def test_stm_reads_back_in_meeteval(lines: list[Line]):
    """Names, times to the millisecond, and the text as it was."""
    read = oracle("meeteval.io").STM.parse("".join(stm(lines)))

    assert [
        (unquote(one.filename), str(one.channel), unquote(one.speaker_id), one.begin_time, one.end_time, one.transcript)
        for one in read.lines
    ] == [
        (one.clip_id, "2", one.speaker or "unknown", _exact(one.start_s), _exact(one.end_s), one.text) for one in lines
    ]


@settings(max_examples=40)
@given(drawn_lines())
def test_ctm_reads_back_in_meeteval(lines: list[Line]):
    """A line a word; confidence only where there is one."""
    read = oracle("meeteval.io").CTM.parse("".join(ctm(lines)))

    assert [
        (unquote(one.filename), one.begin_time, one.begin_time + one.duration, one.word, one.confidence)
        for one in read.lines
    ] == [
        (line.clip_id, _exact(token.start_s), _exact(token.end_s), token.text, token.confidence and "0.250")
        for line in lines
        for token in line.tokens
    ]


def test_both_make_a_corpus_again(tmp_path: Path):
    """What `harness corpus import` reads from them is the reference they were written from."""
    words = [("good", 0.5, 0.75), ("morning", 0.75, 1.25)]
    said = clip([utterance("good morning", 0.5, 1.25, words=words)], clip_id="a", speaker="ann")
    lines = reference_lines(said, ScoreSettings(), normalized=False)
    audio(tmp_path / "source" / "a.wav")
    for name, writer in (("a.stm", stm), ("a.ctm", ctm)):
        (tmp_path / "source" / name).write_text("".join(writer(lines)))

    [found] = imported(tmp_path / "source")

    assert [{"start": 0.5, "end": 1.25, "text": "good morning", "speaker": "ann"}] == found["segments"]
    assert words == [(word["word"], word["start"], word["end"]) for word in found["words"]]


@pytest.mark.parametrize(("name", "field"), [("two words", "two%20words"), (";;x", "%3B%3Bx"), ("50%", "50%25")])
def test_a_name_stays_one_field(name: str, field: str):
    """White space would end it, two semicolons would make the line a comment."""
    assert [f"{field} 1 unknown 0.000 1.000 hi\n"] == list(stm([_line(name)]))


def _line(name: str) -> Line:
    [line] = reference_lines(clip([utterance("hi", 0.0, 1.0)], clip_id=name), ScoreSettings(), normalized=False)
    return line


def _exact(seconds: float) -> Decimal:
    return Decimal(round(seconds * 1000)) / 1000
