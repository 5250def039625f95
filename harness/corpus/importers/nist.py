"""NIST's line formats: RTTM (who speaks when) and CTM (when each word is said), of the SCTK and RT evaluation plans."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.corpus.importers.found import FoundSegment, FoundWord, Place
from harness.corpus.importers.reading import seconds, shown, text_lines

NOTHING = "<NA>"
_RTTM_FIELDS = 9  # a tenth, the signal look-ahead, is often left out
_CTM_FIELDS = 5
_LETTERS = "ABCDEFGH"
_MOST_DIGITS = 4  # of a channel


@dataclass(frozen=True, slots=True)
class Turn:
    """A SPEAKER line of an RTTM file."""

    place: Place
    recording: str
    channel: int
    start_s: float
    end_s: float
    speaker: str | None


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word of a CTM file and the recording it belongs to."""

    recording: str
    word: FoundWord


def channel_number(written: str, place: Place) -> int:
    """NIST counts channels 1, 2 or A, B; here they count from 0.

    Raises:
        CorpusError: It is neither.
    """
    if written.isdecimal() and len(written) <= _MOST_DIGITS and int(written):
        return int(written) - 1
    if len(written) == 1 and written.upper() in _LETTERS:
        return _LETTERS.index(written.upper())
    raise place.error("channel", f"is {shown(written)}; allowed are 1, 2, ... or A, B, .... Correct it")


def read_rttm(path: Path) -> Iterator[Turn]:
    """The SPEAKER lines; other kinds say nothing about turns.

    Raises:
        CorpusError: A line is wrong.
    """
    for place, line in text_lines(path):
        fields = line.split()
        if line.startswith(";;") or fields[0] != "SPEAKER":
            continue
        if len(fields) < _RTTM_FIELDS:
            raise place.error(
                "the line", f"has {len(fields)} fields; a SPEAKER line of an RTTM file has 9 or 10. Correct it"
            )
        start_s = seconds(fields[3], place, "start")
        yield Turn(
            place=place,
            recording=fields[1],
            channel=channel_number(fields[2], place),
            start_s=start_s,
            end_s=start_s + seconds(fields[4], place, "duration"),
            speaker=None if fields[7] == NOTHING else fields[7],
        )


def segment(turn: Turn) -> FoundSegment:
    """A turn without a transcript, as reference speech."""
    return FoundSegment(turn.place, turn.start_s, turn.end_s, None, turn.speaker, channel=turn.channel)


def read_ctm(path: Path) -> Iterator[TimedWord]:
    """The words; of alternatives, the first.

    Raises:
        CorpusError: A line is wrong.
    """
    alternative = 0  # 0: outside; 1: in the first; 2 and more: in others
    for place, line in text_lines(path):
        fields = line.split()
        if line.startswith((";;", "#")):
            continue
        mark = fields[4] if len(fields) >= _CTM_FIELDS else ""
        if mark in {"<ALT_BEGIN>", "<ALT>", "<ALT_END>"}:
            alternative = {"<ALT_BEGIN>": 1, "<ALT>": alternative + 1, "<ALT_END>": 0}[mark]
            continue
        if len(fields) < _CTM_FIELDS:
            message = f"has {len(fields)} fields; a CTM line has 5 or 6: recording, channel, start, duration, word"
            raise place.error("the line", f"{message}. Correct it")
        start_s = seconds(fields[2], place, "start")
        end_s = start_s + seconds(fields[3], place, "duration")
        channel = channel_number(fields[1], place)
        if alternative <= 1 and mark != "@":  # "@" is the empty word
            yield TimedWord(fields[0], FoundWord(place, mark, start_s, end_s, channel))
