"""Early stopping: four looks at a run on its way, and what may be concluded at each.

Looking often at the 5 % level would pass far more than 5 % of the candidates that are too bad. Here the 5 % are spent over
the looks as Lan & DeMets (1983) do it in the manner of O'Brien & Fleming (1979): hardly any early, nearly all at the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scipy import special

from harness.verdict.rules import MINIMUM_CALLS

MINIMUM_PLANNED_CALLS = 80
"""With fewer, the first look would fall below the calls that any rule asks for."""

NOMINAL_P: tuple[float, ...] = (0.0000886, 0.005544, 0.021895, 0.042698)
"""One-sided level of each look, at 25, 50, 75 and 100 % of the calls; together they spend `2 (1 - Phi(1.95996/sqrt(t)))`."""

LOOKS = len(NOMINAL_P)

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
