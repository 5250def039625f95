from dataclasses import replace

import synthetic

from harness.metrics.conduct_totals import ConductTotals


def test_totals_keep_the_first_session_that_shows_a_way():
    """Counts add over sessions; the example is the first, in the order of clips."""
    totals = ConductTotals()
    for name in ("a", "b"):
        totals.add(
            [replace(synthetic.session(name), pass_number=2)], {"baseline": {("ready", "x"): 2, ("ready", name): 1}}
        )

    assert [("x", 4, "a"), ("a", 1, "a"), ("b", 1, "b")] == [
        (found.way, found.count, found.clip_id) for found in totals.rows()
    ]
