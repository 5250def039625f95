"""SegLST as MeetEval reads it."""

import json
from decimal import Decimal

from drawn import drawn_lines
from hypothesis import given, settings
from oracles import oracle

from harness.exports.seglst import seglst
from harness.exports.transcripts import Line


@settings(max_examples=40)
@given(drawn_lines())
def test_it_reads_back_in_meeteval(lines: list[Line]):
    """Session, speaker, times and words of each segment, in order."""
    read = oracle("meeteval.io").SegLST.parse("".join(seglst(lines)))

    assert [
        (one["session_id"], one["speaker"], Decimal(one["start_time"]), Decimal(one["end_time"]), one["words"])
        for one in read
    ] == [(one.clip_id, one.speaker or "unknown", _exact(one.start_s), _exact(one.end_s), one.text) for one in lines]


def test_without_lines_it_is_an_empty_list():
    """Not an empty file, which is no JSON."""
    assert [] == json.loads("".join(seglst([])))


def _exact(seconds: float) -> Decimal:
    return Decimal(str(round(seconds, 3)))
