import pytest
from fabricate import HOSTILE, fabricate

from harness.report.contract_rows import contract_line, contract_view


@pytest.fixture(scope="module")
def summary():
    """Of a run whose services are the two."""
    return fabricate(clips=3).summary


def test_what_breaks_is_first_and_what_holds_is_apart(summary):
    """Lines by group with their counts; a figure says what it is of, a missing field that it is missing."""
    view = contract_view(summary)
    lines = {line.title: line for _, group in view.changed for line in group}
    start, expires, new = (
        lines[name] for name in ("Start of a word", "When the session expires", "Messages the handler has never seen")
    )

    assert ["Session", "Order and finals", "Texts", "Words"] == [group for group, _ in view.changed]
    assert all([line.status for line in group] == sorted(line.status for line in group) for _, group in view.changed)
    assert ("integers, ms", "decimals, s") == (start.baseline.ways[0].text, start.candidate.ways[0].text)
    assert (None, "no such field") == (expires.candidate.field, expires.candidate.ways[0].text)
    assert HOSTILE[:20] in "".join(way.text for way in new.candidate.ways)
    assert {"same", "renamed"} == {line.status for line in view.holding}
    assert (
        "partials"
        in next(line for line in view.holding if line.title == "Partials of a segment").baseline.ways[0].count
    )


def test_a_summary_without_contracts_says_why():
    """An earlier version's summary, and a run of one side."""
    assert "earlier version" in contract_view({}).empty
    assert "one side" in contract_view({"contract_diff": {"rows": []}}).empty


def test_one_line_tells_what_breaks_and_none_if_nothing_does(summary):
    """For `summary.md`: how many, the first three, and where to read on."""
    held = {"contract_diff": {"rows": [row for row in summary["contract_diff"]["rows"] if row["status"] != "breaks"]}}

    assert contract_line(summary).startswith("contract: 12 differences that break handlers (ready for audio, ")
    assert ("", "") == (contract_line(held), contract_line({}))
