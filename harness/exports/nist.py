"""CTM and STM, the line formats of NIST's SCTK: what sclite, asclite and MeetEval score."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from harness.exports.transcripts import Line

_NOBODY = "unknown"
_NOT_IN_A_FIELD = re.compile(r"[\s%;]")  # a field ends at white space, a line of `;;` is a comment


def ctm(lines: Iterable[Line]) -> Iterator[str]:
    """`clip channel start duration word [confidence]`, a line a word."""
    for line in lines:
        for token in line.tokens:
            start_ms, end_ms = round(token.start_s * 1000), round(token.end_s * 1000)
            fields = [_field(line.clip_id), str(line.channel + 1), _seconds(start_ms)]
            fields += [_seconds(max(0, end_ms - start_ms)), token.text]
            if token.confidence is not None:
                fields.append(f"{token.confidence:.3f}")
            yield " ".join(fields) + "\n"


def stm(lines: Iterable[Line]) -> Iterator[str]:
    """`clip channel speaker start end text`, a line an utterance or segment."""
    for line in lines:
        fields = [_field(line.clip_id), str(line.channel + 1), _field(line.speaker or _NOBODY)]
        fields += [_seconds(round(line.start_s * 1000)), _seconds(round(line.end_s * 1000)), line.text]
        yield " ".join(fields).rstrip() + "\n"


def _field(text: str) -> str:
    """A name as one field; what could not stand in it is percent-encoded."""
    return _NOT_IN_A_FIELD.sub(lambda match: quote(match[0], safe=""), text)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
