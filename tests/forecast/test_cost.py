from dataclasses import replace

import pytest
from scripted import DEMO, SHORTEST

from harness.config import load_config, override
from harness.forecast.cost import cost_json, side_cost, total_cost
from harness.planning import RunPlan, plan_run


def planned(*, live: bool = True, **changes) -> RunPlan:
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), "replay.passes": 2, **changes})
    return plan_run(loaded, select=SHORTEST, live=live, with_keys=False)


def test_assemblyai_counts_open_sockets():
    """Two sessions of 4.1 s of audio, each a second open before and after: 12.2 s at 0.15 $ an hour."""
    plan = planned()
    cost = side_cost(plan, plan.sides["baseline"])

    assert ("session", True) == (cost.billed_by, cost.charged)
    assert pytest.approx(12.2 / 60) == cost.billed_minutes
    assert pytest.approx(12.2 / 3600 * 0.15) == cost.usd


def test_gladia_counts_audio():
    """Trailing silence is audio; waiting is not: 8.2 s."""
    plan = planned()
    cost = side_cost(plan, plan.sides["candidate"])

    assert "audio" == cost.billed_by
    assert pytest.approx(8.2 / 60) == cost.billed_minutes
    assert pytest.approx(8.2 / 3600 * 0.75) == cost.usd


def test_the_configuration_replaces_the_list_price():
    """A contract's price, with its own date and source."""
    plan = planned(prices={"gladia": {"usd_per_hour": 0.25, "as_of": "2026-11-01", "source": "our contract"}})
    document = cost_json(side_cost(plan, plan.sides["candidate"]))

    assert (0.25, "2026-11-01", "our contract") == tuple(document[key] for key in ("usd_per_hour", "as_of", "source"))
    assert round(8.2 / 3600 * 0.25, 4) == document["usd"]


def test_without_a_price_the_cost_is_unknown_and_not_zero(monkeypatch: pytest.MonkeyPatch):
    """Null, beside the reason."""
    plan = planned()
    monkeypatch.setattr(type(plan.sides["baseline"].provider), "list_price", lambda _self, _params: None)
    document = cost_json(side_cost(plan, plan.sides["baseline"]))

    assert (None, None) == (document["usd"], document["usd_per_hour"])
    assert "give one under [prices]" in document["reason"]
    assert document["billed_minutes"] > 0


def test_an_emulated_side_is_not_charged():
    """What it would cost is said all the same."""
    plan = planned(live=False)
    cost = side_cost(plan, plan.sides["candidate"])

    assert not cost.charged
    assert cost.usd


def test_several_candidates_cost_what_each_of_them_costs():
    """At their prices, which may differ; charged is what any of them is; without a price nothing is known."""
    plan = planned()
    cost = side_cost(plan, plan.sides["candidate"])
    dear = replace(cost, price=replace(cost.price, usd_per_hour=3 * cost.price.usd_per_hour), charged=False)

    both = total_cost([dear, cost])
    assert pytest.approx(4 * cost.usd) == both.usd
    assert (2 * cost.billed_minutes, True) == (both.billed_minutes, both.charged)
    assert ("mean over the variants", cost.price) == (both.price.source, total_cost([cost, cost]).price)
    assert total_cost([cost, replace(cost, price=None)]).usd is None
