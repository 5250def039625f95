"""SRT and WebVTT as maintained parsers read them."""

import html
import io
import re

import pysubs2
import webvtt
from drawn import drawn_lines
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.exports.subtitles import srt, vtt
from harness.exports.transcripts import Line, Token

# Parsers take markup out of the text, each in its own way; that it is escaped has a test of its own.
_plain_words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6) | st.sampled_from(["it's", "a-b"])


@settings(max_examples=40)
@given(drawn_lines(_plain_words))
def test_srt_reads_back(lines: list[Line]):
    """Times to the millisecond, text as it was; no cue of no length."""
    read = pysubs2.SSAFile.from_string("".join(srt(lines)), format_="srt")

    assert [(*_cue_ms(line), line.text) for line in lines] == [(one.start, one.end, one.plaintext) for one in read]


@settings(max_examples=40)
@given(drawn_lines(_plain_words))
def test_vtt_reads_back(lines: list[Line]):
    """The same, and who speaks."""
    read = webvtt.from_string("".join(vtt(lines)))

    assert [(*_cue_ms(line), line.text) for line in lines] == [
        (one.start_time.in_milliseconds(), one.end_time.in_milliseconds(), one.text) for one in read
    ]


@settings(max_examples=40)
@given(drawn_lines())
def test_no_text_breaks_the_file(lines: list[Line]):
    """Whatever is said, arrows and markup included: as many cues as lines, and in WebVTT the text comes back."""
    written = "".join(vtt(lines))

    assert (
        len(lines) == len(webvtt.from_string(written)) == len(pysubs2.SSAFile.from_string("".join(srt(lines)), "srt"))
    )
    assert len(lines) == "".join(srt(lines)).count("-->")
    shown = re.findall(r"^[\d:.]+ --> [\d:.]+\n(?:<v [^>]*>)?(.*)$", written, re.MULTILINE)
    assert [line.text for line in lines] == [html.unescape(text) for text in shown]
    assert [] == [text for text in shown if re.search("[<>]", text)]


def test_hours_are_counted():
    """Calls may be long."""
    line = Line("clip", 0, "ann", 3661.0015, 7322.999, (Token("late", 3661.0015, 7322.999),))

    assert "1\n01:01:01,002 --> 02:02:02,999\nlate\n\n" == "".join(srt([line]))
    [cue] = webvtt.from_buffer(io.StringIO("".join(vtt([line]))))
    assert ("01:01:01.002", "02:02:02.999", "ann") == (cue.start, cue.end, cue.voice)


def _cue_ms(line: Line) -> tuple[int, int]:
    start_ms, end_ms = round(line.start_s * 1000), round(line.end_s * 1000)
    return start_ms, max(end_ms, start_ms + 1)
