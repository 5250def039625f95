"""SegLST, the JSON of MeetEval (von Neumann et al. 2023): a list of segments, each an object."""

import json
from collections.abc import Iterable, Iterator

from harness.exports.transcripts import Line

_NOBODY = "unknown"


def seglst(lines: Iterable[Line]) -> Iterator[str]:
    """One object a line of the file, so that it can be written, and searched, without holding it whole."""
    separator = "[\n"
    for index, line in enumerate(lines):
        segment = {
            "session_id": line.clip_id,
            "speaker": line.speaker or _NOBODY,
            "start_time": round(line.start_s, 3),
            "end_time": round(line.end_s, 3),
            "words": line.text,
            "channel": line.channel + 1,
            "segment_index": index,
        }
        yield separator + json.dumps(segment, ensure_ascii=False)
        separator = ",\n"
    yield "\n]\n" if separator == ",\n" else "[]\n"
