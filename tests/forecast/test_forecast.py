import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST

from harness.config import load_config, override
from harness.forecast.forecast import Forecast, forecast, forecast_json
from harness.planning import describe, plan_run


def foreseen(*, live: bool = False, select: str | None = None, **changes) -> Forecast:
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), **changes})
    return forecast(plan_run(loaded, select=select, live=live, with_keys=False), Path("reports"))


def test_a_forecast_says_all_that_the_plan_says():
    """Keys are added, none is renamed or changed."""
    found = foreseen()
    facts = forecast_json(found)

    assert describe(found.plan).items() <= facts.items()
    assert {
        "endpoint", "corpus", "clips", "calls", "sessions_per_side", "audio_minutes_per_side", "pairs_at_once",
        "wall_minutes_at_least", "sessions_in_all", "baseline", "candidate",
        "wall_minutes", "wall_bound_by", "cost", "disk", "evidence", "warnings",
    } <= set(facts)  # fmt: skip


def test_a_forecast_is_json():
    """Nothing in it is infinite, and a value that is not known is null beside a reason."""
    facts = json.loads(json.dumps(forecast_json(foreseen(live=True)), allow_nan=False))

    assert all(
        rule["mde"] is not None or rule["reason"] or rule["metric"].endswith("_count")
        for rule in facts["evidence"]["rules"]
    )


def test_reference_words_are_counted_after_the_rewrites():
    """A plan promises the words that scoring will count: here each of 68 utterances becomes two words."""
    plain, rewritten = (
        forecast_json(foreseen(**changes))["evidence"]["reference_words"]
        for changes in ({}, {"score.rewrites": [[".+", "good bye"]]})
    )

    assert (653, 136) == (plain, rewritten)


def test_the_time_of_one_pair_is_its_audio_and_what_is_around_it():
    """4.1 s of audio, 0.25 s on loopback; live, a second before and one after are supposed."""
    emulated, live = (foreseen(select=SHORTEST, live=live).wall.seconds for live in (False, True))

    assert (pytest.approx(4.35), pytest.approx(6.1)) == (emulated, live)


def test_the_demo_takes_as_long_as_was_seen():
    """Recording the demo with two pairs was seen to take 222 s, with the start of the emulators."""
    assert foreseen().wall.seconds == pytest.approx(222, rel=0.05)


def test_both_sides_at_one_provider_share_its_quota():
    """Fifteen pairs of two sessions each fill thirty places."""
    found = foreseen(**{"baseline.provider": "gladia", "baseline.params": {}, "candidate.params": {}})

    assert found.wall.pairs_allowed == 15


def test_what_is_bound_by_a_quota_says_so():
    """One new session a minute and thirty pairs."""
    found = foreseen(**{"limits.assemblyai": {"new_sessions_per_minute": 1, "growth": False}, "replay.pairs": 30})
    facts = forecast_json(found)

    assert facts["wall_bound_by"] == ["limits.assemblyai.new_sessions_per_minute"]
    assert 29 < facts["wall_minutes"] < 31


def test_an_unknown_price_leaves_the_sum_unknown():
    """Half a sum would be taken for the whole."""
    found = foreseen()
    facts = forecast_json(
        replace(found, costs={**found.costs, "candidate": replace(found.costs["candidate"], price=None)})
    )

    assert (None, True) == (facts["cost"]["usd"], bool(facts["cost"]["reason"]))
    assert facts["cost"]["baseline"]["usd"] > 0


def test_a_full_disk_is_warned_of():
    """With what is needed, what there is, and what to do."""
    found = foreseen()
    short = replace(found, disk=replace(found.disk, free=1_000_000))

    assert not any("disk" in warning for warning in found.warnings)
    assert any("1 MB free. Make room, or name another place with --out" in warning for warning in short.warnings)
    assert not forecast_json(short)["disk"]["enough"]


def test_a_key_in_the_clear_is_warned_of():
    """To a host elsewhere; on this machine nobody else reads along, and an encrypted one is fine."""
    hosts = {"baseline.host": "ws://proxy.test", "candidate.host": "http://proxy.test:80"}

    warned = [warning for warning in foreseen(live=True, **hosts).warnings if "is not encrypted" in warning]

    assert [True, True] == ["baseline.host is ws://proxy.test, " in warned[0], "Use https://" in warned[1]]
    for live, more in ((False, {"baseline.host": "ws://127.0.0.1:9"}), (True, {"baseline.host": "wss://proxy.test"})):
        assert not any("encrypted" in warning for warning in foreseen(live=live, **more).warnings)


def test_more_pairs_than_the_quotas_allow_are_warned_of():
    """They would sit in their lanes and wait."""
    assert any("the quotas let 30 pairs run" in warning for warning in foreseen(**{"replay.pairs": 31}).warnings)
    assert not any("quotas" in warning for warning in foreseen(**{"replay.pairs": 30}).warnings)


def test_without_a_pilot_the_suppositions_are_said_loudly():
    """Nobody may take a planning value for a measurement."""
    assert any("suppositions and not measurements" in warning for warning in foreseen().warnings)
