from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST

from harness.config import LoadedConfig, load_config, override
from harness.errors import ConfigError
from harness.planning import describe, plan_run


def demo(**changes) -> LoadedConfig:
    return override(load_config(folder=DEMO), {"corpus.path": str(DEMO), **changes})


def test_the_plan_knows_how_much_is_sent():
    """The shortest clip: 1.095 s and 3 s of silence are 41 chunks of 100 ms."""
    planned = plan_run(demo(), select=SHORTEST)

    assert [chunks.chunks for chunks in planned.chunks.values()] == [41]
    assert planned.audio_s == pytest.approx(4.1)


def test_the_planned_length_is_that_of_the_stream():
    """The plan is made from headers; what is sent later must not differ, at any rate."""
    for changes in ({}, {"audio.sample_rate": 8000}, {"audio.encoding": "pcm_mulaw", "audio.chunk_ms": 62.5}):
        planned = plan_run(demo(**changes), select="band=narrow", limit=2)
        for clip in planned.clips:
            assert planned.stream(clip).plan == planned.chunks[clip.clip_id]


def test_without_live_everything_is_emulated():
    """No flag, no service."""
    planned = plan_run(demo(), select=SHORTEST)

    assert (planned.endpoint, planned.needs_emulators) == ("emulated", True)
    assert {side.api_key for side in planned.sides.values()} == {"emulated"}


def test_live_takes_the_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    """And from nowhere else; the plan that is printed does not show them."""
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "secret-a")
    monkeypatch.setenv("GLADIA_API_KEY", "secret-b")

    planned = plan_run(demo(), select=SHORTEST, live=True)

    assert planned.endpoint == "live"
    assert [side.api_key for side in planned.sides.values()] == ["secret-a", "secret-b"]
    assert "secret" not in str(describe(planned))


def test_a_loopback_host_needs_no_key_even_with_live(monkeypatch: pytest.MonkeyPatch):
    """One side live, the other on this machine: the run counts as live, and only one key is asked for."""
    monkeypatch.setenv("GLADIA_API_KEY", "secret-b")
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)

    planned = plan_run(demo(**{"baseline.host": "ws://127.0.0.1:9"}), select=SHORTEST, live=True)

    assert (planned.endpoint, planned.sides["baseline"].live, planned.sides["candidate"].live) == ("live", False, True)


def test_only_one_direction_can_be_translated(tmp_path: Path):
    """There is no table from Gladia to AssemblyAI."""
    (tmp_path / "harness.toml").write_text(
        '[baseline]\nprovider = "gladia"\n[candidate]\nprovider = "assemblyai"\nparams = "translate"\n'
    )

    with pytest.raises(ConfigError, match="from assemblyai to gladia only"):
        plan_run(load_config(folder=tmp_path))
