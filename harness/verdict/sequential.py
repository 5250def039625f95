"""Early stopping: four looks at a run on its way, and what may be concluded at each.

Looking often at the 5 % level would pass far more than 5 % of the candidates that are too bad. Here the 5 % are spent over
the looks as Lan & DeMets (1983) do it in the manner of O'Brien & Fleming (1979): hardly any early, nearly all at the end.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from harness.verdict.ratios import CONFIDENCE
from harness.verdict.rules import MINIMUM_CALLS, MINIMUM_PLANNED_CALLS

NOMINAL_P: tuple[float, ...] = (0.0000886, 0.005544, 0.021895, 0.042698)
"""One-sided level of each look, at 25, 50, 75 and 100 % of the calls; together they spend `2 (1 - Phi(1.95996/sqrt(t)))`."""

LOOKS = len(NOMINAL_P)

_GRID = 401  # points between the bounds; twice as many change the fifth decimal

Decision = Literal["pass", "fail", "continue"]


@dataclass(frozen=True, slots=True)
class LookTest:
    """A score rule of level error at a look.

    Attributes:
        rule: Which.
        calls: With data.
        t: Mean margin score over its standard error, negative where the candidate keeps within the margin; infinite where all
            calls score alike, and 0 where they score 0.
    """

    rule: str
    calls: int
    t: float


def planned_looks(planned_calls: int) -> tuple[int, ...]:
    """After how many calls each look falls: `(30, 60, 90, 120)` of 120; parts of a call are rounded up.

    Raises:
        ValueError: Fewer than `MINIMUM_PLANNED_CALLS` are planned.
    """
    if planned_calls < MINIMUM_PLANNED_CALLS:
        raise ValueError(f"looks need {MINIMUM_PLANNED_CALLS} planned calls, not {planned_calls}")
    return tuple(-(-planned_calls * look // LOOKS) for look in range(1, LOOKS + 1))


def critical_t(look: int, calls: int) -> float:
    """What `|t|` has to exceed at a look, 1 to 4, with so many calls (at least 2)."""
    return float(-special.stdtrit(calls - 1, NOMINAL_P[look - 1]))


def confidence(look: int | None) -> float:
    """One-sided, of a score rule's bounds at a look; without looks 95 %."""
    return CONFIDENCE if look is None else 1 - NOMINAL_P[look - 1]


def decision(look: int, tests: Iterable[LookTest]) -> Decision:
    """What a look settles.

    Args:
        look: 1 to 4.
        tests: Every score rule of level error, but those with so few events that exact bounds take the test's place: they wait,
            as quantile rules do, for the end of the run.

    Returns:
        `fail` if any rule shows the candidate to be worse than its margin; `pass` if every rule shows it to be within; else
        `continue`, as ever without rules or while one has fewer calls than a rule asks for. After the last look `continue` means
        that nothing is settled.
    """
    passing = []
    for test in tests:
        enough = test.calls >= MINIMUM_CALLS
        reach = critical_t(look, test.calls) if enough else 0.0
        if enough and test.t > reach:
            return "fail"
        passing.append(enough and test.t < -reach)
    return "pass" if passing and all(passing) else "continue"


def stopping_chances(drift: float) -> tuple[float, ...]:
    """With which probability one rule ends a run at each of its looks but the last, in the normal approximation.

    Args:
        drift: Expected z at the end of the run: negative if the candidate is in truth within the margin.

    Returns:
        One a look, the chance of a pass and of a failure together; what is left goes on to the last look.
    """
    z_bounds = [-float(special.ndtri(p)) for p in NOMINAL_P]
    step_drift = drift / math.sqrt(LOOKS)  # of the sum of unit normal steps, one a look
    chances: list[float] = []
    grid, mass = np.zeros(1), np.ones(1)
    for look in range(1, LOOKS):
        edge = z_bounds[look - 1] * math.sqrt(look)
        inside = special.ndtr(edge - grid - step_drift) - special.ndtr(-edge - grid - step_drift)
        chances.append(float(mass @ (1 - inside)))
        points = np.linspace(-edge, edge, _GRID)
        density = mass @ np.exp(-((points[None, :] - grid[:, None] - step_drift) ** 2) / 2) / math.sqrt(2 * math.pi)
        weights = np.full(_GRID, points[1] - points[0])
        weights[[0, -1]] /= 2
        grid, mass = points, density * weights
    return tuple(chances)
