"""SRT and WebVTT: a clip's segments as subtitles, to be read in a player beside the audio."""

import html
from collections.abc import Iterable, Iterator

from harness.exports.transcripts import Line

_SHORTEST_CUE_MS = 1  # players leave out a cue that ends when it begins


def srt(lines: Iterable[Line]) -> Iterator[str]:
    """SubRip, cues numbered from 1. It knows no escape, so an arrow in the text is written as one character."""
    for number, line in enumerate(lines, 1):
        start, end = (_clock(at_ms, ",") for at_ms in _cue_ms(line))
        yield f"{number}\n{start} --> {end}\n{line.text.replace('-->', '→')}\n\n"


def vtt(lines: Iterable[Line]) -> Iterator[str]:
    """WebVTT (W3C), markup in the text escaped."""
    yield "WEBVTT\n"
    for line in lines:
        start, end = (_clock(at_ms, ".") for at_ms in _cue_ms(line))
        voice = f"<v {_voice(line.speaker)}>" if line.speaker else ""
        yield f"\n{start} --> {end}\n{voice}{html.escape(line.text, quote=False)}\n"


def _cue_ms(line: Line) -> tuple[int, int]:
    start_ms = round(line.start_s * 1000)
    return start_ms, max(start_ms + _SHORTEST_CUE_MS, round(line.end_s * 1000))


def _voice(speaker: str) -> str:
    return html.escape(" ".join(speaker.split()), quote=False)


def _clock(at_ms: int, point: str) -> str:
    seconds, milliseconds = divmod(at_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{milliseconds:03}"
