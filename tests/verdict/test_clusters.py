import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from harness.verdict import clusters
from harness.verdict.clusters import Clusters, lower, upper
from harness.verdict.estimands import CallCounts


@pytest.mark.parametrize(
    ("events", "trials", "digits", "expected"),
    [
        (0, 50, 5, 0.05816),
        (0, 300, 5, 0.00994),
        (0, 597, 6, 0.005005),
        (0, 598, 6, 0.004997),
        (2, 300, 5, 0.02084),
    ],
)
def test_upper(events, trials, digits, expected):
    """Worked examples of the upper bound, a trial a call."""
    assert expected == round(upper(events, Clusters(trials)), digits)


def test_lower():
    """Worked example of the lower bound."""
    assert 0.02324 == round(lower(12, Clusters(300)), 5)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_of_single_trials_are_those_of_clopper_and_pearson(case):
    """Both are those of a two-sided 90 % exact interval, and enclose the rate."""
    events, trials = case
    interval = stats.binomtest(events, trials).proportion_ci(0.9, method="exact")

    low, high = (bound(events, Clusters(trials)) for bound in (lower, upper))

    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert low <= events / trials <= high


@given(
    st.integers(2, 3000).flatmap(lambda n: st.tuples(st.integers(0, min(n, 200)), st.just(n))),
    st.floats(1, 40),
    st.floats(0, 1),
)
@example((0, 3), 1.0000000000000002, 0.0)  # calls of hardly more than one trial
@example((1, 2), 1.0000000000000002, 0.5)
@example((3, 3000), 1.03, 0.0)
def test_bounds_of_clusters_are_beta_binomial(case, size, correlation):
    """At each bound so few or so many events are 5 % likely, unless it would lie beyond what was seen."""
    events, trials = case
    there = Clusters(trials, min(size, trials), correlation, events)
    low, high = (bound(events, there) for bound in (lower, upper))

    assert low <= events / trials <= high
    if not (shared := there.pooled_correlation):
        return
    a_trial = (1 - shared) / shared
    if events / trials < high < 1:
        assert stats.betabinom.cdf(events, trials, high * a_trial, (1 - high) * a_trial) == pytest.approx(
            0.05, abs=1e-5
        )
    if 1e-7 < low < events / trials:
        assert stats.betabinom.sf(events - 1, trials, low * a_trial, (1 - low) * a_trial) == pytest.approx(
            0.05, abs=1e-3
        )


def test_many_events_are_not_summed_over(monkeypatch):
    """Beyond a thousand the design effect gives the bounds, which are the same but for a hundredth of their distance."""
    there = Clusters(20_000, 5, 0.05, 500)
    summed = lower(1000, there), upper(1000, there)
    monkeypatch.setattr(clusters, "_MANY_EVENTS", 10)

    assert summed == (pytest.approx(lower(1000, there), abs=3e-5), pytest.approx(upper(1000, there), abs=3e-5))


@given(st.sampled_from([(20_000, 500, 0.5, 20), (20_000, 5, 0.05, 500), (10**7, 50, 0.9, 40), (1100, 1100, 0, 1)]))
def test_one_event_more_bounds_no_lower_rate(case):
    """Also where the design effect takes over, however large the calls: no verdict turns at the thousandth event."""
    there = Clusters(*case)
    bounds = [(lower(events, there), events / there.trials, upper(events, there)) for events in range(998, 1004)]

    assert all(low <= rate <= high for low, rate, high in bounds)
    assert bounds == [tuple(sorted(each)[place] for each in zip(*bounds, strict=True)) for place in range(6)]


def counts(baseline, candidate, trials):
    names = tuple(f"c{i}" for i in range(len(trials)))
    a, b, w = (np.array(values, dtype=float) for values in (baseline, candidate, trials))
    return CallCounts(names, a, w, b, w)


def test_calls_that_go_wrong_as_a_whole_are_seen_to():
    """Where all ten trials of a call go wrong together their correlation is nearly 1; scattered evenly it is 0."""
    whole, scattered = [10] * 4 + [0] * 36, [1] * 40

    found = [Clusters.of(counts(events, events, [10] * 40)) for events in (whole, scattered)]

    assert (pytest.approx(0.97, abs=0.01), 4, 10) == (found[0].correlation, found[0].event_calls, found[0].size)
    assert (0.0, 40) == (found[1].correlation, found[1].event_calls)


def test_a_single_pair_of_events_is_no_certainty():
    """Two events in one of forty calls: about as much as is supposed anyway."""
    one = [2] + [0] * 39

    assert 0.04 < Clusters.of(counts(one, [0] * 40, [10] * 40)).correlation < 0.1


def test_what_is_supposed_falls_as_events_show_how_they_come():
    """With four times the forty calls with events a quarter of it is left, while the variance of a rate falls as ever."""
    few, many = (Clusters(trials, 11, 0.0, calls) for trials, calls in ((401, 40), (1601, 160)))

    assert (0.05 * 10 / 400, 0.05 / 4 * 10 / 1600) == pytest.approx((few.pooled_correlation, many.pooled_correlation))


def test_clusters_widen_both_bounds():
    """Events of one call tell less than those of many."""
    alone, together = Clusters(200), Clusters(200, 10, 0.2, 9)

    assert lower(8, together) < lower(8, alone) < upper(8, alone) < upper(8, together)


def test_twice_the_calls_are_of_the_same_kind():
    """Twice the trials, in calls as large."""
    assert Clusters(400, 10, 0.1, 18) == Clusters(200, 10, 0.1, 9).times(2)


def test_correlation_is_that_of_the_pairs_of_events():
    """One pair in one of forty calls of ten, on one side: 2 less 0.09 expected, over 17.91 possible and the 20 supposed."""
    assert 1.91 / 37.91 == pytest.approx(Clusters.of(counts([2] + [0] * 39, [0] * 40, [10] * 40)).correlation)
    both = Clusters.of(counts([2] + [0] * 39, [0, 2] + [0] * 38, [10] * 40))
    assert (3.82 / 55.82, 2) == (pytest.approx(both.correlation), both.event_calls)


@pytest.mark.parametrize(
    ("clusters_of", "expected"),
    [
        (Clusters(1.0, 1.0, 1.0, 0.0), 0.0),
        (Clusters(100.0, 1.01, 0.0, 0.0), 0.0),  # 0.0005 more variance
        (Clusters(100.0, 1.02, 0.0, 0.0), 0.02 * 0.05 / 99),
        (Clusters(100.0, 100.0, 1.0, 0.0), 0.99),
        (Clusters(101.0, 11.0, 0.25, 80.0), 10 * 0.275 / 100),
    ],
)
def test_pooled_correlation_gives_the_variance_of_the_calls(clusters_of, expected):
    """Spread over all pairs of trials; what can't be computed is none, and 1 would be a single trial."""
    assert expected == pytest.approx(clusters_of.pooled_correlation, abs=1e-12)


def test_calls_without_trials_have_no_size():
    """The mean over trials of their calls' sizes: of 1, 1 and 2 trials it is 1.5."""
    assert (Clusters(0.0, 1.0), Clusters(4.0, 1.5)) == tuple(
        Clusters.of_sizes(np.array(sizes, dtype=float)) for sizes in ([0], [1, 1, 2])
    )


def test_all_or_none_are_bounded_by_certainty():
    """Nothing is above every trial, nor below none."""
    there = Clusters(20, 4, 0.1, 5)

    assert (1.0, 0.0) == (upper(20, there), lower(0, there))
    assert upper(19, there) < 1.0
    assert lower(1, there) > 0.0
    assert upper(3, there, 0.9) < upper(3, there)
    assert lower(3, there) < lower(3, there, 0.9)
