import synthetic

from harness.verdict.validity import duration, invalid_reason, pair_text, rounded, spoilt_pairs, too_many_spoilt

LATE = (
    "baseline: p99 of send lateness is 31.0 ms, limit 20 ms; baseline: send lateness reached 3242.67 ms, limit 100 ms"
)


def scores_with_invalid(count):
    rows = [synthetic.session(f"c{i}", side) for i in range(20) for side in synthetic.SIDES]
    spoilt = [
        synthetic.session(f"c{i}", side, valid=False, invalid_reason=LATE, lateness_max_ms=400.0 + i)
        for i in range(count)
        for side in synthetic.SIDES
    ]
    return synthetic.scores([*spoilt, *rows[2 * count :]])


def test_within_the_limit():
    """One pair in twenty may be spoilt by the harness."""
    assert too_many_spoilt(scores_with_invalid(1), planned_pairs=20) is None


def test_beyond_the_limit():
    """More than 5 % spoilt pairs make the run invalid; the phrase is short and names the worst clip."""
    assert "2 of 20 pairs are invalid, more than 5 %; worst: clip c1, 401 ms late" == invalid_reason(
        scores_with_invalid(2), planned_pairs=20
    )


def test_findings_are_grouped_by_pair():
    """Both sessions of a pair carry its findings; they are told once, worst pair first, in honest digits."""
    first, second = spoilt_pairs(scores_with_invalid(2).sessions)

    assert ("c1", "c0") == (first.clip_id, second.clip_id)
    assert (
        "baseline: p99 of send lateness is 31 ms, limit 20 ms",
        "baseline: send lateness reached 3.2 s, limit 100 ms",
    ) == first.findings


def test_what_holds_of_both_sides_is_said_once():
    """One stall of the machine is one finding, not two."""
    reason = "baseline: send lateness reached 220.0 ms, limit 100 ms; candidate: send lateness reached 220.4 ms, limit 100 ms; odd"
    row = synthetic.session("c0", "baseline", valid=False, invalid_reason=reason)

    (pair,) = spoilt_pairs([row])

    assert ("both sides: send lateness reached 220 ms, limit 100 ms", "odd") == pair.findings


def test_a_pair_need_not_be_late():
    """A fault that is no lateness is named instead of a delay that was within bounds."""
    reason = "the two sides were sent different audio"
    rows = [synthetic.session("c0", side, valid=False, invalid_reason=reason) for side in synthetic.SIDES]

    found = too_many_spoilt(synthetic.scores(rows), planned_pairs=1)

    assert found is not None
    assert found.explanation.endswith("worst: clip c0, the two sides were sent different audio")
    assert found.pairs[0].late_ms is None


def test_a_pair_that_reached_no_service_outranks_a_late_one():
    """Nothing was sent, so nothing was late: whatever else was measured of it, that is what is told."""
    lost = "both sides: p99 of the 10 ms probe's lag is 60 ms, limit 20 ms; baseline: send lateness reached 220 ms, limit 100 ms; "
    lost += "baseline: the name of the service's host could not be resolved (wss://a.example): the local network, or a wrong name"
    rows = [
        synthetic.session("c1", valid=False, invalid_reason=LATE, lateness_max_ms=3242.67),
        synthetic.session("c2", valid=False, invalid_reason=lost, lateness_max_ms=220.0),
    ]

    found = too_many_spoilt(synthetic.scores(rows), planned_pairs=20)

    assert found is not None
    assert (
        "worst: clip c2, baseline: the name of the service's host could not be resolved (wss://a.ex"
        in found.explanation
    )
    assert [True, False] == [pair.by_network for pair in found.pairs]


def test_one_pair_is_and_two_are():
    """In the singular too."""
    assert str(invalid_reason(scores_with_invalid(1), planned_pairs=12)).startswith("1 of 12 pairs is invalid, more")


def test_durations_have_the_digits_that_mean_something():
    """Seconds from a second on, whole milliseconds from a hundred on, and limits as they are written."""
    assert ("3.2 s", "438 ms", "20.3 ms", "20 ms") == tuple(duration(ms) for ms in (3242.67, 438.2, 20.3, 20.0))
    assert "p99 of the 10 ms probe's lag is 58.5 ms" == rounded("p99 of the 10 ms probe's lag is 58.5 ms")


def test_the_latest_pair_is_the_worst():
    """Of equals the first clip and pass; where nobody was late, no lateness is told."""
    late = "baseline: send lateness reached 200.0 ms, limit 100 ms"
    rows = [
        synthetic.session(name, side, pass_number=number, valid=side == "candidate", invalid_reason=reason, lateness_max_ms=late_ms)
        for name, number, reason, late_ms in (
            ("b", 2, late, 200.0), ("b", 1, late, 200.0), ("a", 1, late, 200.0), ("c", 1, None, 500.0), ("d", 1, late, None),
            ("e", 1, late, 300.0),
        )
        for side in synthetic.SIDES
    ]  # fmt: skip

    assert [("e", 1, 300.0), ("a", 1, 200.0), ("b", 1, 200.0), ("b", 2, 200.0), ("c", 1, None), ("d", 1, None)] == [
        (pair.clip_id, pair.pass_number, pair.late_ms) for pair in spoilt_pairs(rows)
    ]
    assert ["300 ms late", "no reason recorded"] == [pair_text(pair) for pair in spoilt_pairs(rows)[::4]]


def test_a_finding_of_another_word_with_a_colon_is_no_sides():
    """Only the sides' names are taken for sides."""
    row = synthetic.session("c0", "candidate", valid=False, invalid_reason="network: gone; candidate: slow")

    (pair,) = spoilt_pairs([row])

    assert ("network: gone", "candidate: slow") == pair.findings


def test_a_run_without_spoilt_pairs_is_valid_however_short():
    """Even one of which nothing was planned."""
    assert invalid_reason(scores_with_invalid(0), planned_pairs=0) is None
    assert ("1.0 s", "999 ms", "100 ms", "99.9 ms") == tuple(duration(ms) for ms in (1000.0, 999.4, 100.4, 99.9))
