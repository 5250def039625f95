"""How often the self-test of the noise floor calls a steady baseline unsteady, and how often it sees a drift.

    python benchmarks/self_test_alarms.py [RUNS]

Two passes of one service over the same calls. Errors of a call are overdispersed, as a call is hard or easy, and in some passes a
stretch of a call is lost, which makes rare and large differences. Early cuts are rarer and are tested beside the words.
"""

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.verdict import rare
from harness.verdict.estimands import CallCounts
from harness.verdict.holm import holm
from harness.verdict.noise import SELF_TEST_ALPHA, self_test
from harness.verdict.rules import RULES

RULE = {rule.name: rule for rule in RULES}
LOST_SHARE = 0.3
TURNS = 12


def counts(calls: int, first: NDArray[np.int64], second: NDArray[np.int64], trials: NDArray[np.int64]) -> CallCounts:
    """Two passes as the two sides of a comparison."""
    return CallCounts(
        tuple(map(str, range(calls))),
        first.astype(float),
        trials.astype(float),
        second.astype(float),
        trials.astype(float),
    )


def passes(rng: np.random.Generator, calls: int, *, lost: float, drift: float) -> Iterator[tuple[str, CallCounts]]:
    """What is tested of one run: word errors under both rules, and early cuts if they are no rare event."""
    words = rng.integers(60, 260, calls)
    hard = rng.beta(4, 36, calls)
    errors = []
    for extra in (0.0, drift):
        heard = rng.binomial(words, np.minimum(1.0, hard + extra))
        dropped = rng.random(calls) < lost
        errors.append(np.where(dropped, np.maximum(heard, (LOST_SHARE * words).astype(np.int64)), heard))
    both = counts(calls, *errors, words)
    yield "wer_abs", both
    yield "wer_rel", both
    cuts = counts(calls, *(rng.binomial(TURNS, 0.04, calls) for _ in range(2)), np.full(calls, TURNS))
    if not rare.is_rare(cuts):
        yield "false_cutoff", cuts


def share_of_alarms(runs: int, calls: int, *, lost: float = 0.0, drift: float = 0.0, seed: int = 1) -> float:
    """In how many of the runs a Holm-adjusted p falls below the level."""
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(runs):
        tests = [self_test(RULE[name], both, 0.0) for name, both in passes(rng, calls, lost=lost, drift=drift)]
        alarms += any(adjusted < SELF_TEST_ALPHA for _, adjusted in holm([test.p for test in tests]))
    return alarms / runs


def main() -> None:
    """Print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    print(f"{runs} runs each; level {SELF_TEST_ALPHA:.0%}")
    print("calls   steady   1 % lost   5 % lost   +1 pp   +3 pp")
    for calls in (20, 50, 100, 200):
        cases = ({}, {"lost": 0.01}, {"lost": 0.05}, {"drift": 0.01}, {"drift": 0.03})
        print(f"{calls:5}", *(f"{share_of_alarms(runs, calls, **case):9.2%}" for case in cases))


if __name__ == "__main__":
    main()
