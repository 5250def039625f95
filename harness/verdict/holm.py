"""Holm's step-down correction (Holm 1979), for one rule over several slices."""

from collections.abc import Sequence


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[tuple[bool, float]]:
    """Which hypotheses are rejected at family-wise error `alpha`, and the adjusted p values.

    Args:
        p_values: In any order, each 0..1.
        alpha: Family-wise error rate.

    Returns:
        `(rejected, adjusted_p)` for each p value, in the order given.
    """
    m = len(p_values)
    order = sorted(range(m), key=lambda i: p_values[i])
    results: list[tuple[bool, float]] = [(False, 1.0)] * m
    rejecting, adjusted = True, 0.0
    for step, i in enumerate(order):
        rejecting = rejecting and p_values[i] <= alpha / (m - step)
        adjusted = max(adjusted, min(1.0, (m - step) * p_values[i]))
        results[i] = (rejecting, adjusted)
    return results
