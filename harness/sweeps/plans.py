"""A sweep as a plan: one run of the baseline and one of each variant's candidate, all checked before anything is streamed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from harness.config import Config
from harness.errors import ConfigError
from harness.planning import PlannedSide, RunPlan, translated_params, with_candidate
from harness.providers.parameters import nearest
from harness.sweeps.variants import TRANSLATION, Axis, Variant, variants_of, with_setting, written
from harness.timeline.events import SIDES
from harness.translation.endpointing import Variant as Translation


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What a sweep will do.

    Attributes:
        axes: What is varied.
        variants: Every candidate, and the plan of its run, which records the candidate alone.
        baseline: The plan of the run that records the baseline alone.
        baseline_run: The earlier run whose baseline is used instead; None records it among the candidates.
    """

    axes: tuple[Axis, ...]
    variants: tuple[tuple[Variant, RunPlan], ...]
    baseline: RunPlan
    baseline_run: Path | None = None

    @property
    def both(self) -> RunPlan:
        """The plan of what is played, with the first variant as the candidate: what all variants have in common."""
        return replace(self.variants[0][1], record_sides=SIDES if self.baseline_run is None else ("candidate",))

    @property
    def candidates(self) -> dict[str, PlannedSide]:
        """Every variant's candidate, by its name."""
        return {variant.label: planned.sides["candidate"] for variant, planned in self.variants}

    @property
    def labels(self) -> list[str]:
        """The variants' names, in order."""
        return [variant.label for variant, _ in self.variants]


def plan_sweep(plan: RunPlan, axes: Sequence[Axis], baseline_run: Path | None = None) -> SweepPlan:
    """Plan a sweep.

    Args:
        plan: A run of both sides, or of the candidate alone beside `baseline_run`.
        axes: What is varied.
        baseline_run: See `SweepPlan`.

    Raises:
        ConfigError: A variant's parameters are wrong, or the same as another's; or the configuration does not go with a sweep.
    """
    if plan.config.gate.early_stopping:
        raise ConfigError(
            f"{plan.loaded.source}: gate.early_stopping is true, which ends a run by what one candidate does. Set it to false, or leave "
            "out --sweep."
        )
    variants = variants_of(axes)
    plans: list[RunPlan] = []
    for variant in variants:
        try:
            planned = with_candidate(plan, _params(plan.config, dict(variant.settings)))
        except ConfigError as error:
            raise ConfigError(f"--sweep {variant.label}: {error}") from None
        for other, before in zip(variants, plans, strict=False):
            if before.sides["candidate"].params == planned.sides["candidate"].params:
                raise ConfigError(f"--sweep {variant.label}: sends the same as {other.label}. Leave one of them out.")
        plans.append(replace(planned, record_sides=("candidate",)))
    baseline = replace(plan, record_sides=("baseline",))
    return SweepPlan(tuple(axes), tuple(zip(variants, plans, strict=True)), baseline, baseline_run)


def _params(config: Config, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A variant's candidate parameters: those configured, with the variant's own in their place."""
    given = config.candidate.params
    translation = settings.get(TRANSLATION)
    if translation is not None and given != "translate":
        raise ConfigError(
            f'{TRANSLATION} says how the baseline\'s parameters are translated, but candidate.params is a table. Set it to "translate".'
        )
    if translation is not None and translation not in (known := get_args(Translation)):
        raise ConfigError(f"{written(translation)} is no way of translating. {nearest(str(translation), known)}")
    params = (
        dict(given) if isinstance(given, dict) else translated_params(config, translation or config.candidate.variant)
    )
    for name, value in settings.items():
        if name != TRANSLATION:
            params = with_setting(params, name, value)
    return params
