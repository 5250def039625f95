"""The raw frames of the pairs that regressed most, packed for the page: what arrived, when, and when the application had it."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.report.clip_rows import PairKey, first_order
from harness.report.inputs import ReportInput
from harness.report.packing import pack
from harness.timeline.events import SIDES, Frame, Side

BUDGET_BYTES = 800_000
"""What all frames together may take of the page, packed. A report of 50 clips stays under 2 MB."""


def packed_frames(
    inputs: ReportInput, rows: Sequence[dict[str, Any]], budget_bytes: int = BUDGET_BYTES
) -> dict[PairKey, str]:
    """Frames by pair, packed, in the order in which the table lists them at first, as many pairs as fit.

    Args:
        inputs: The run.
        rows: The rows of the table of clips.
        budget_bytes: For all of them together; a pair that alone is larger is left out.
    """
    found: dict[PairKey, str] = {}
    left = budget_bytes
    worst = "regression" if first_order(inputs.scores) == "regression" else "differ"
    for row in sorted(rows, key=lambda row: -(row[worst] if row[worst] is not None else float("-inf"))):
        packed = pack({side: list(_frames(inputs, row["id"], side, row["pass"])) for side in SIDES})
        if len(packed) > left:
            break
        left -= len(packed)
        found[row["id"], row["pass"]] = packed
    return found


def _frames(inputs: ReportInput, clip_id: str, side: Side, pass_number: int) -> Iterator[list[Any]]:
    """Arrival at the socket (ms), how much later the application had it (ms or None), and the text."""
    timeline = inputs.timeline(clip_id, side, pass_number)
    for event in timeline.events if timeline else ():
        if isinstance(event, Frame):
            later = None if event.handler_ns is None else round((event.handler_ns - event.wire_ns) / 1e6, 2)
            yield [round(event.wire_ns / 1e6, 2), later, event.raw]
