"""Calls drawn at random, with a true difference between the sides that is known exactly: what `error_rates.py` judges.

Three kinds of observation, each with effects of the call on both sides, of the call on one side, and of the utterance:

- errors: Poisson counts whose rate is a product of log-normal effects with mean 1, so that the pooled rates are exact;
- events: a latent normal value beyond a threshold (a Gaussian copula), so that the marginal rate is exact;
- latencies: log-normal, the same latent values through the marginal distribution, so that the quantiles are exact.

Sizes of calls are log-normal and independent of the effects. Everything is vectorised over replicates.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
UTTERANCE_WORDS = 12
LARGEST_CALL = 6  # times the mean


@dataclass(frozen=True, slots=True)
class Level:
    """How much calls differ.

    Attributes:
        name: As in the table.
        sizes: Standard deviation of the logarithm of a call's length.
        call: Of errors, that of the logarithm of a call's difficulty on both sides.
        call_side: The same on one side alone.
        utterance: Of errors, the coefficient of variation between utterances, half of it common to both sides.
        latent_call: Of events and latencies, the share of the variance that is the call's, on both sides.
        latent_side: The share that is the call's on one side alone.
        latent_utterance: The share that is the utterance's on both sides.
        missing: Share of the latencies that never come: the longest.
    """

    name: str
    sizes: float
    call: float
    call_side: float
    utterance: float
    latent_call: float
    latent_side: float
    latent_utterance: float
    missing: float


LEVELS = (
    Level("none", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    Level("realistic", 0.5, 0.5, 0.15, 1.0, 0.10, 0.05, 0.30, 0.0),
    Level("strong", 0.8, 0.8, 0.40, 1.5, 0.25, 0.15, 0.20, 0.01),
)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Per-call totals of shape (replicates, calls)."""

    baseline_events: Floats
    baseline_trials: Floats
    candidate_events: Floats
    candidate_trials: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Latencies:
    """Values of shape (replicates, calls, most utterances of a call) in ms, and which of them exist."""

    baseline: Floats
    candidate: Floats
    exists: NDArray[np.bool_]


def draw_errors(
    rng: np.random.Generator,
    level: Level,
    shape: tuple[int, int],
    rates: tuple[float, float],
    *,
    utterances: float,
    own_trials: bool = False,
) -> Counts:
    """Errors per word of two sides, or per final token of each side's own (`own_trials`)."""
    number = _sizes(rng, level, shape, utterances)
    call = _effect(rng, level.call, shape)
    shared = _sum_of_effects(rng, level.utterance, number)
    sides = []
    for rate in rates:
        words = UTTERANCE_WORDS * number
        if own_trials:
            words = np.maximum(np.round(words * _effect(rng, 0.05, shape)), 1.0)
        rough = (shared + _sum_of_effects(rng, level.utterance, number)) / (2 * number)
        mean = rate * words * call * _effect(rng, level.call_side, shape) * rough
        sides += [rng.poisson(mean).astype(np.float64), words]
    return Counts(*sides)


def draw_events(
    rng: np.random.Generator, level: Level, shape: tuple[int, int], rates: tuple[float, float], *, trials: float
) -> Counts:
    """Trials that go wrong on either side with these probabilities."""
    number = _sizes(rng, level, shape, trials)
    exists, latent = _latent(rng, level, number)
    events = [
        ((special.ndtr(side) > 1 - rate) & exists).sum(axis=2).astype(float)
        for side, rate in zip(latent, rates, strict=True)
    ]
    return Counts(events[0], number, events[1], number)


def draw_latencies(
    rng: np.random.Generator,
    level: Level,
    shape: tuple[int, int],
    *,
    median_ms: float,
    sigmas: tuple[float, float],
    slower_ms: float,
    utterances: float,
) -> Latencies:
    """Log-normal latencies; the candidate's has its own sigma and is slower throughout by `slower_ms`."""
    exists, latent = _latent(rng, level, _sizes(rng, level, shape, utterances))
    longest = special.ndtri(1 - level.missing)
    values = [
        np.where(side > longest, math.inf, median_ms * np.exp(sigma * side) + more)
        for side, sigma, more in zip(latent, sigmas, (0.0, slower_ms), strict=True)
    ]
    return Latencies(values[0], values[1], exists)


def _sizes(rng: np.random.Generator, level: Level, shape: tuple[int, int], mean: float) -> Floats:
    return np.clip(np.round(mean * _effect(rng, level.sizes, shape)), 1.0, LARGEST_CALL * mean)


def _effect(rng: np.random.Generator, sd: float, shape: tuple[int, ...]) -> Floats:
    """Log-normal factors with mean 1."""
    return np.exp(sd * rng.standard_normal(shape) - sd**2 / 2)


def _sum_of_effects(rng: np.random.Generator, cv: float, number: Floats) -> Floats:
    """The sum of so many gamma factors with mean 1, which is gamma itself."""
    return rng.gamma(number / cv**2) * cv**2 if cv else number


def _latent(rng: np.random.Generator, level: Level, number: Floats) -> tuple[NDArray[np.bool_], tuple[Floats, Floats]]:
    """Standard normal values of both sides, correlated within calls and between sides."""
    most = int(number.max())
    exists = np.arange(most) < number[..., None]
    call = math.sqrt(level.latent_call) * rng.standard_normal((*number.shape, 1))
    utterance = math.sqrt(level.latent_utterance) * rng.standard_normal(exists.shape)
    rest = 1 - level.latent_call - level.latent_side - level.latent_utterance

    def side() -> Floats:
        own: Floats = math.sqrt(level.latent_side) * rng.standard_normal((*number.shape, 1))
        return call + own + utterance + math.sqrt(rest) * rng.standard_normal(exists.shape)

    return exists, (side(), side())
