"""How many calls a rule needs, and what a run of this size can resolve.

Both follow from the usual normal approximation for a one-sided test at 5 % with 80 % power:
`K = ((z_0.95 + z_0.80) * sd / margin)^2` (e.g. Chow, Shao & Wang, Sample Size Calculations in Clinical Research, ch. 3). Where a
bound lies further out than 1.6449 standard errors, because few calls carry what is measured, its own reach takes the place of
z_0.95.
"""

import math
from collections.abc import Callable

Z_BOUND, Z_POWER = 1.6449, 0.8416
Z_SIZE_AND_POWER = Z_BOUND + Z_POWER
"""z_0.95 + z_0.80."""

Z_POWER_OF_QUANTILES = 1.1 * Z_POWER
"""The upper bound of a quantile varies by about 1.1 times as much as the quantile: measured where
`benchmarks/error_rates.py` draws calls, 1.0 to 1.2 for p50 and 1.1 to 1.3 for p95."""

_TOO_MANY = 10**9


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
    return calls_for_estimate(1, sd, mean_trials * (margin - planned_difference))


def calls_for_estimate(
    calls: int,
    standard_error: float,
    margin: float,
    planned_difference: float = 0.0,
    *,
    reach: Callable[[float], float] = lambda _calls: Z_BOUND,
    power: float = Z_POWER,
) -> int | None:
    """The same for an estimate whose standard error at `calls` calls is known, shrinking as `1/sqrt(calls)`.

    Args:
        calls: At which the standard error is known.
        standard_error: Of the estimate.
        margin: The rule's margin.
        planned_difference: The true difference to plan for.
        reach: Of so many calls, how many standard errors the bound lies from the estimate.
        power: By how many more the estimate may fall short; 80 % of all estimates don't by more than `Z_POWER`.
    """
    distance = margin - planned_difference
    if not math.isfinite(standard_error) or distance <= 0:
        return None
    return fewest(lambda number: number >= calls * ((reach(number) + power) * standard_error / distance) ** 2)


def detectable(
    standard_error: float, mean_trials: float = 1.0, *, reach: float = Z_BOUND, power: float = Z_POWER
) -> float | None:
    """Minimum detectable effect: the distance from the margin that this run can resolve.

    Returns:
        In the unit of the estimand; None where the standard error is unknown or there are no trials.
    """
    if not math.isfinite(standard_error) or mean_trials <= 0:
        return None
    return (reach + power) * standard_error / mean_trials


def fewest(suffice: Callable[[int], bool]) -> int | None:
    """The least number from 1 that suffices, if all that are greater do; None if a thousand million don't."""
    high = 1
    while not suffice(high):
        high *= 2
        if high > _TOO_MANY:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle, high)
    return high
