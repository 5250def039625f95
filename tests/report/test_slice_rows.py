"""Slices and the hold sweep as the report shows them."""

from fabricate import fabricate

from harness.metrics.scores import HoldScore
from harness.report.html import render
from harness.report.slice_rows import matched_point, slice_rows, sweep_rows
from harness.verdict.endpoint_blocks import hold_sweep_block

POINTS = [
    HoldScore("baseline", 0, 10, 1, 9, 400.0, 500.0),
    HoldScore("baseline", 100, 10, 0, 9, 500.0, float("inf")),
    HoldScore("candidate", 0, 10, 3, 7, 200.0, 300.0),
    HoldScore("candidate", 100, 10, 1, 8, 300.0, 400.0),
]
SIDE = {"value": 0.05, "p50": 600.0}
GAP = {"value": 0.01, "low": -0.01, "high": 0.03, "p50": {"value": 20.0, "low": None, "high": None}}
BLOCK = {"baseline": SIDE, "candidate": SIDE, "difference": GAP}
SLICE = {
    "pairs": 3, "calls": 2, "underpowered": True, "metrics": {"wer": BLOCK, "final_ms": BLOCK},
    "rules": {"wer_abs": {"verdict": "fail"}, "success": {"verdict": "not_worse"}},
}  # fmt: skip


def test_a_slice_has_its_size_its_values_and_what_it_breaks():
    """Too few calls are listed and said, an interval that does not exist is left out, as is a metric."""
    (row,) = slice_rows({"slices": {"tag=noisy": SLICE}}, {"wer_abs": "Word error rate"})
    assert ("tag=noisy", "3 pairs, 2 calls, too few", ("Word error rate",)) == (row.name, row.size, row.worse)
    (single,) = slice_rows({"slices": {"tag=noisy": SLICE | {"pairs": 1, "calls": 1, "underpowered": False}}}, {})
    assert "1 pair, 1 call" == single.size
    shown = [tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in cell) for cell in row.cells]
    assert ("5.0 % / 5.0 %", "+1.0 pp", "\N{MINUS SIGN}1.0 to +3.0 pp") == shown[0]
    assert ("n/a", "", "") == shown[1]
    assert ("600 ms / 600 ms", "+20 ms", "") == shown[2]


def test_the_sweep_names_the_wait_that_matches():
    """Cut-offs never without delay."""
    summary = {"hold_sweep": hold_sweep_block(POINTS)}
    rows = [(wait, *cells) for wait, cells in sweep_rows(summary)]
    assert ("30.0 %", "200 ms") == tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in rows[0][2])
    assert "500" in rows[1][1][1]
    assert "100" in matched_point(summary)
    assert ("", []) == (matched_point({}), sweep_rows({}))


def test_the_page_holds_both():
    """With a summary that has slices."""
    page = render(fabricate(clips=2, hostile=False), {})
    assert 'slices" open>' in page
    assert "duration=" in page
