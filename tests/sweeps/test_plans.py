"""What a sweep plans, and what it refuses before anything is streamed."""

import re
from dataclasses import replace
from pathlib import Path

import at_once
import pytest

from harness.errors import ConfigError
from harness.forecast.forecast import forecast, forecast_json
from harness.planning import RunPlan, plan_from_options
from harness.sweeps.plans import plan_sweep
from harness.sweeps.variants import Axis


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> RunPlan:
    corpus = tmp_path_factory.mktemp("corpus")
    at_once.write_corpus(corpus, 3)
    return at_once.plan(corpus)


def test_every_variant_is_the_candidate_with_its_own_setting(planned: RunPlan):
    """Everything else of the translation stays."""
    sweep = plan_sweep(planned, [Axis("realtime_processing.custom_vocabulary", (True, False))])
    params = [plan.sides["candidate"].params for _, plan in sweep.variants]

    assert [True, False] == [each["realtime_processing"]["custom_vocabulary"] for each in params]
    before = planned.sides["candidate"].params
    assert all(
        before == {name: value for name, value in each.items() if name != "realtime_processing"} for each in params
    )
    assert {("candidate",)} == {plan.record_sides for _, plan in sweep.variants}
    assert ("baseline",) == sweep.baseline.record_sides


def test_both_ways_of_translating_can_be_compared(planned: RunPlan):
    """The one waits for the shorter of the baseline's silences, the other for the longer."""
    sweep = plan_sweep(planned, [Axis("variant", ("latency", "segmentation"))])

    assert [0.4, 1.28] == [side.params["endpointing"] for side in sweep.candidates.values()]


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        (
            Axis("endpointng", (0.1, 0.2)),
            "--sweep endpointng=0.1: built-in defaults: candidate.params.endpointng: there is no such field. Did you mean endpointing",
        ),
        (Axis("endpointng", (0.1, 0.2)), "Did you mean endpointing"),
        (Axis("realtime_processing.custom_vocab", (True, False)), "Did you mean custom_vocabulary"),
        (
            Axis("endpointing", (0.1, "long")),
            "--sweep endpointing=long: built-in defaults: candidate.params.endpointing: 'long' is no number",
        ),
        (
            Axis("endpointing", (0.1, 20)),
            "--sweep endpointing=20: built-in defaults: candidate.params.endpointing is 20; Gladia takes",
        ),
        (Axis("endpointing", (0.1, 4)), "--sweep endpointing=4: built-in defaults: audio.trailing_silence_s is 3"),
        (Axis("endpointing", (1, 1.0)), "--sweep endpointing=1.0: sends the same as endpointing=1"),
        (Axis("sample_rate", (8000, 16000)), "Set it under [audio] instead"),
        (Axis("variant", ("latency", "words")), "words is no way of translating"),
    ],
)
def test_what_a_service_would_not_take_is_refused(planned: RunPlan, axis: Axis, said: str):
    """With the variant, the parameter and the nearest that exists."""
    with pytest.raises(ConfigError, match=re.escape(said)):
        plan_sweep(planned, [axis])


def test_what_does_not_go_with_a_sweep_is_refused(planned: RunPlan):
    """A translation where nothing is translated, and looks that one candidate would end."""
    table = plan_from_options(config={"candidate": {"provider": "gladia", "params": {}}}, corpus=planned.corpus.path)
    with pytest.raises(ConfigError, match=re.escape('candidate.params is a table. Set it to "translate"')):
        plan_sweep(table, [Axis("variant", ("latency", "segmentation"))])
    gate = planned.config.gate.model_copy(update={"early_stopping": True})
    config = planned.config.model_copy(update={"gate": gate})
    looking = replace(planned, loaded=replace(planned.loaded, config=config))
    with pytest.raises(ConfigError, match=r"gate\.early_stopping is true, which ends a run by what one candidate does"):
        plan_sweep(looking, [Axis("endpointing", (0.1, 0.2))])


def test_a_forecast_tells_all_of_it(planned: RunPlan, tmp_path: Path):
    """Sessions, time, money and disk of every candidate, the baseline's once."""
    sweep = plan_sweep(planned, [Axis("endpointing", (0.1, 0.2, 0.3))])
    one, all_of_them = (
        forecast_json(forecast(plan, tmp_path, variants=variants))
        for plan, variants in ((planned, None), (sweep.both, sweep.candidates))
    )

    assert (6, 12) == (one["sessions_in_all"], all_of_them["sessions_in_all"])
    assert ["endpointing=0.1", "endpointing=0.2", "endpointing=0.3"] == all_of_them["variants"]
    assert all_of_them["cost"]["baseline"] == one["cost"]["baseline"]
    assert 3 * one["cost"]["candidate"]["usd"] == pytest.approx(all_of_them["cost"]["candidate"]["usd"], rel=0.01)
    assert 2 * one["wall_minutes"] < all_of_them["wall_minutes"] <= 3 * one["wall_minutes"] + 0.02
    assert 3 * one["disk"]["audio_bytes"] == all_of_them["disk"]["audio_bytes"]


def test_prices_that_differ_are_added_up(planned: RunPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """At the mean of what each candidate costs; without a price if one has none."""
    sweep = plan_sweep(planned, [Axis("endpointing", (0.1, 0.2))])
    provider = type(sweep.both.sides["candidate"].provider)
    before = provider.list_price

    def price(self, params):
        found = before(self, params)
        return found if params["endpointing"] == 0.1 else None

    assert 0 < forecast(sweep.both, tmp_path, variants=sweep.candidates).costs["candidate"].usd
    monkeypatch.setattr(provider, "list_price", price)
    assert forecast(sweep.both, tmp_path, variants=sweep.candidates).costs["candidate"].usd is None
