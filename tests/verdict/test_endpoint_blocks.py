"""Where the sides end segments, in `summary.json`."""

import pytest
import synthetic

from harness.metrics.scores import BoundaryScore, HoldScore
from harness.verdict.endpoint_blocks import boundaries_block, hold_sweep_block
from harness.verdict.population import Population


def block(*rows, common_tokens=0, spurious=(0, 0)):
    """Of one pair of sessions."""
    sessions = [
        synthetic.session("a", side, common_tokens=common_tokens, spurious_boundaries=more)
        for side, more in zip(synthetic.SIDES, spurious, strict=True)
    ]
    return boundaries_block(Population.of(synthetic.scores(sessions, boundaries=rows)))


def row(kind, baseline, candidate, offset_ms=None, offset_class=None):
    return BoundaryScore("a", 1, kind, baseline, candidate, None, None, offset_ms, offset_class, 12)


def test_boundaries_are_counted_by_kind_and_by_side():
    """The end of the clip is none of the baseline's; a split, a merge and a near miss are told per hundred words."""
    found = block(
        row("matched", 4, 4, 10.0, "equal"), row("matched", 8, 9, -30.0, "early"), row("matched", 9, 10, None, "late"),
        row("split", None, 2), row("merge", 6, None), row("missing", 12, None), row("forced", None, 7),
        common_tokens=200, spurious=(1, 2),
    )  # fmt: skip

    assert {"matched": 3, "split": 1, "merge": 1, "missing": 1, "forced": 1} == {
        kind: found[kind] for kind in ("matched", "split", "merge", "missing", "forced")
    }
    assert (4, 5, {"baseline": 1, "candidate": 2}, 200) == tuple(
        found[key] for key in ("baseline_boundaries", "candidate_boundaries", "spurious", "common_tokens")
    )
    assert {0.5} == {found[f"{kind}_per_100"] for kind in ("split", "merge", "missing", "forced")}
    assert "matched_per_100" not in found
    assert (0.6, 0.75, 0.666667, 0.333333) == tuple(
        found[key] for key in ("precision", "recall", "f1", "boundary_similarity")
    )
    assert {"n": 2, "early": 1, "equal": 1, "late": 1, "p5": -28.0, "p50": -10.0, "p95": 8.0} == found["offset_ms"]
    assert ("count", False) == (found["unit"], "reason" in found)


def test_without_boundaries_there_is_no_share_of_them():
    """Both sides agree, and it is said that there was nothing to agree on."""
    found = block()

    assert (None, None, None, 1.0, None, "neither side has a boundary inside a clip") == tuple(
        found[key] for key in ("precision", "recall", "f1", "boundary_similarity", "split_per_100", "reason")
    )
    assert {
        "n": 0,
        "early": 0,
        "equal": 0,
        "late": 0,
        "p5": None,
        "p50": None,
        "p95": None,
        "reason": "no matched boundary",
    } == (found["offset_ms"])
    [one] = [block(row("merge", 3, None))]
    assert (None, 0.0, 0.0, 0.0) == tuple(one[key] for key in ("precision", "recall", "f1", "boundary_similarity"))


def curve(side, *cut_turns, turns=10):
    """Early cuts and delay under each longer wait."""
    return [
        HoldScore(side, 100 * i, turns, cuts, 8, 250.0 + 100 * i, 400.0 + 100 * i) for i, cuts in enumerate(cut_turns)
    ]


def test_both_curves_and_the_points_read_from_them_are_told():
    """The candidate has to wait 200 ms longer to cut off as few turns as the baseline."""
    found = hold_sweep_block([*curve("baseline", 1, 0, 0), *curve("candidate", 4, 2, 1)])
    first, _, third = found["candidate"]["points"]

    assert {
        "hold_ms": 0, "turns": 10, "early_cut_turns": 4, "false_cutoff_rate": 0.4, "endpoint_recall": 0.8, "endpoint_p50_ms": 250.0,
        "endpoint_p95_ms": 400.0,
    } == first  # fmt: skip
    assert third == found["matched_operating_point"] == found["candidate"]["least_delay"]["cutoffs_at_most_0.1"]
    assert {"p50_at_most_300_ms": first, "p50_at_most_600_ms": third} == found["candidate"]["fewest_cutoffs"]
    assert None is found["candidate"]["least_delay"]["cutoffs_at_most_0.05"]
    assert {"baseline", "candidate", "matched_operating_point"} == set(found)


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (curve("candidate", 4, 3), "no wait of the candidate cuts off 0.1 of the turns or fewer"),
        ([], "no turn with times and text in a pair that succeeded on both sides"),
    ],
)
def test_without_such_a_wait_there_is_no_point(candidate, reason):
    """It is said why."""
    found = hold_sweep_block([*curve("baseline", 1, 0), *candidate])

    assert (None, reason) == (found["matched_operating_point"], found["reason"])


def test_without_turns_there_is_no_curve():
    """As where nobody timed the corpus."""
    found = hold_sweep_block([*curve("baseline", 0, turns=0), *curve("candidate", 0, turns=0)])

    assert (None, "no turn with times and text in a pair that succeeded on both sides") == (
        found["matched_operating_point"],
        found["reason"],
    )
