from dataclasses import replace

import synthetic

from harness.metrics.conduct_totals import ConductTotals


def test_totals_keep_the_first_session_that_shows_a_way():
    """Counts add over sessions; the example is the first, in the order of clips."""
    totals = ConductTotals()
    for name in ("a", "b"):
        totals.add(
            [replace(synthetic.session(name), pass_number=2)],
            {
                "baseline": {("ready", "x"): 2, ("ready", name): 1, ("goodbye", "none"): 1},
                "candidate": {("ready", "y"): 1},
            },
        )

    assert [("goodbye", "none", 2, "a"), ("ready", "x", 4, "a"), ("ready", "a", 1, "a"), ("ready", "b", 1, "b")] == [
        (found.aspect, found.way, found.count, found.clip_id) for found in totals.rows()
    ]
    assert {("baseline", "assemblyai", 2)} == {
        (found.side, found.provider, found.pass_number) for found in totals.rows()
    }


def test_a_service_that_names_things_endlessly_fills_no_memory():
    """After 2000 ways of a side no further one is taken in; those that are known count on."""
    totals = ConductTotals()
    for names in (range(2001), (0, 2001)):
        totals.add([synthetic.session("a")], {"baseline": {("message", str(name)): 1 for name in names}})

    found = totals.rows()
    assert (2000, 2, "0") == (len(found), found[0].count, found[0].way)
