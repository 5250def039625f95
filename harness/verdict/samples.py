"""How many calls a rule needs, and what a run of this size can resolve.

Both follow from the usual normal approximation for a one-sided test at 5 % with 80 % power:
`K = ((z_0.95 + z_0.80) * sd / margin)^2` (e.g. Chow, Shao & Wang, Sample Size Calculations in Clinical Research, ch. 3).
"""

import math

Z_SIZE_AND_POWER = 1.6449 + 0.8416
"""z_0.95 + z_0.80."""


def calls_for_ratio(sd: float, mean_trials: float, margin: float, planned_difference: float = 0.0) -> int | None:
    """Calls that decide a ratio rule with 80 % power if the true difference is the planned one.

    Args:
        sd: Standard deviation between calls of the margin score (events a call).
        mean_trials: Mean trials a call; for a relative margin the mean baseline events a call.
        margin: The rule's margin.
        planned_difference: The true difference to plan for.

    Returns:
        Whole calls; None if no number of calls suffices (the plan is not better than the margin) or `sd` is unknown.
    """
    reach = mean_trials * (margin - planned_difference)
    if not math.isfinite(sd) or reach <= 0:
        return None
    return math.ceil((Z_SIZE_AND_POWER * sd / reach) ** 2)


def calls_for_estimate(calls: int, standard_error: float, margin: float, planned_difference: float = 0.0) -> int | None:
    """The same for an estimate whose standard error at `calls` calls is known, shrinking as `1/sqrt(calls)`."""
    reach = margin - planned_difference
    if not math.isfinite(standard_error) or reach <= 0:
        return None
    return math.ceil(calls * (Z_SIZE_AND_POWER * standard_error / reach) ** 2)


def detectable(standard_error: float, mean_trials: float = 1.0) -> float | None:
    """Minimum detectable effect: the distance from the margin that this run can resolve.

    Returns:
        In the unit of the estimand; None where the standard error is unknown or there are no trials.
    """
    if not math.isfinite(standard_error) or mean_trials <= 0:
        return None
    return Z_SIZE_AND_POWER * standard_error / mean_trials
