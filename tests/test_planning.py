from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST

from harness.config import Config, LoadedConfig, load_config, override
from harness.errors import ConfigError, RunError
from harness.planning import describe, gate_settings, plan_from_options, plan_run


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
    assert {key for side in planned.sides.values() for key in side.api_keys.values()} == {"key-for-the-emulators"}


def test_live_takes_the_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    """And from nowhere else; the plan that is printed does not show them."""
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "secret-a")
    monkeypatch.setenv("GLADIA_API_KEY", "secret-b")

    planned = plan_run(demo(), select=SHORTEST, live=True)

    assert planned.endpoint == "live"
    assert [dict(side.api_keys) for side in planned.sides.values()] == [
        {"ASSEMBLYAI_API_KEY": "secret-a"},
        {"GLADIA_API_KEY": "secret-b"},
    ]
    assert "secret" not in str(describe(planned))


def test_a_loopback_host_needs_no_key_even_with_live(monkeypatch: pytest.MonkeyPatch):
    """One side live, the other on this machine: one key is asked for, and the comparison counts as emulated."""
    monkeypatch.setenv("GLADIA_API_KEY", "secret-b")
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)

    planned = plan_run(demo(**{"baseline.host": "ws://127.0.0.1:9"}), select=SHORTEST, live=True)

    assert (planned.endpoint, planned.reaches_out) == ("emulated", True)
    assert [side.live for side in planned.sides.values()] == [False, True]


def test_only_one_direction_can_be_translated(tmp_path: Path):
    """There is no table from Gladia to AssemblyAI."""
    (tmp_path / "harness.toml").write_text(
        '[baseline]\nprovider = "gladia"\n[candidate]\nprovider = "assemblyai"\nparams = "translate"\n'
    )

    with pytest.raises(ConfigError, match="from assemblyai to gladia only"):
        plan_run(load_config(folder=tmp_path))


def test_a_misspelt_provider_is_told_with_its_side(tmp_path: Path):
    """Both sides have a provider, so the key alone doesn't say which line to correct."""
    (tmp_path / "harness.toml").write_text('[candidate]\nprovider = "gladi"\n')
    with pytest.raises(ConfigError, match=r"harness\.toml: candidate\.provider is 'gladi'.*Did you mean gladia"):
        plan_run(load_config(tmp_path / "harness.toml"), live=False)


def test_all_missing_keys_are_named_at_once_and_only_when_needed(monkeypatch: pytest.MonkeyPatch):
    """A plan that is only looked at needs no key."""
    for name in ("ASSEMBLYAI_API_KEY", "GLADIA_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert plan_run(demo(), select=SHORTEST, live=True, with_keys=False).endpoint == "live"
    with pytest.raises(ConfigError, match="ASSEMBLYAI_API_KEY and GLADIA_API_KEY are not set"):
        plan_run(demo(), select=SHORTEST, live=True)


@pytest.mark.parametrize("key", ["marker-key\r", "marker-key\nX", " marker-key", "marker-key\u2019"])
def test_a_key_with_a_foreign_character_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str):
    """A line break from a file would otherwise be quoted by a library's error, and end in a report."""
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", key)
    monkeypatch.setenv("GLADIA_API_KEY", "fine-7f3a")

    with pytest.raises(ConfigError, match="ASSEMBLYAI_API_KEY holds a character") as caught:
        plan_run(demo(), select=SHORTEST, live=True)

    assert "marker" not in str(caught.value)


def test_a_password_in_a_host_is_refused_and_not_repeated():
    """It would stand in run.json and in reports; so would a token."""
    with pytest.raises(ConfigError, match=r"candidate\.host holds a user name, a password or a token") as refusal:
        plan_run(demo(**{"candidate.host": "http://user:secret@127.0.0.1:9"}), select=SHORTEST, with_keys=False)
    assert "secret" not in str(refusal.value)
    with pytest.raises(ConfigError, match=r"baseline\.params\.webhook_url holds a key, a token or a password"):
        plan_run(demo(**{"baseline.params": {"webhook_url": "https://x.test/?token=secret"}}), select=SHORTEST)


@pytest.mark.parametrize(
    ("side", "host"),
    [("baseline", "localhost:1"), ("baseline", "http://127.0.0.1:9"), ("candidate", "ws://127.0.0.1:9"),
     ("candidate", "http://[::1"), ("candidate", "http://:80"), ("candidate", "http://x:99999")],
)  # fmt: skip
def test_a_host_has_the_form_its_provider_needs(side: str, host: str):
    """Scheme, name and port are checked before anything is dialled."""
    with pytest.raises(ConfigError, match=rf"{side}\.host is .* it must be an address that starts with"):
        plan_run(demo(**{f"{side}.host": host}), select=SHORTEST, live=True, with_keys=False)


def test_a_quota_too_small_for_a_pair_is_refused():
    """Both sides at one provider need two sessions at once; one would be waited for for ever."""
    changes = {
        "candidate.provider": "assemblyai",
        "candidate.params": {},
        "limits.assemblyai": {"concurrent_sessions": 1},
    }

    with pytest.raises(ConfigError, match=r"limits\.assemblyai\.concurrent_sessions is 1, but each pair opens 2"):
        plan_run(demo(**changes), select=SHORTEST)


@pytest.mark.parametrize(
    "params", [{"endpointing": float("nan")}, {"endpointing": -5}, {"messages_config": "x"}, {"language_config": 3},
               {"custom_metadata": {"a": float("inf")}}],
)  # fmt: skip
def test_parameters_that_cannot_be_sent_are_refused(params: dict):
    """Not after the run directory was written."""
    with pytest.raises(ConfigError, match="params"):
        plan_run(demo(**{"candidate.params": params}), select=SHORTEST)


def test_a_recording_longer_than_a_session_may_last_is_refused():
    """The message names the clip, its length, the limit and three ways out; the other side's limit is looked at too."""
    for name in ("assemblyai", "gladia"):
        with pytest.raises(ConfigError) as caught:
            plan_run(demo(**{f"limits.{name}": {"session_minutes": 0.5}}))

        message = str(caught.value)
        assert (
            f"but {name} ends a session after 0.5 (limits.{name}.session_minutes); 2 more clips are too long" in message
        )
        assert "clip 'sonnet1' lasts 0.94 minutes with its trailing silence" in message
        assert all(
            way in message for way in ("Split the recording", "--select", f"raise limits.{name}.session_minutes")
        )


def test_a_recording_just_as_long_as_a_session_may_last_is_played():
    """4.1 s with its silence."""
    changes = {"limits.assemblyai": {"session_minutes": 4.1 / 60}}

    assert plan_run(demo(**changes), select=SHORTEST).pairs == 1
    with pytest.raises(ConfigError, match="ends a session after"):
        plan_run(demo(**changes, **{"audio.trailing_silence_s": 4.0}), select=SHORTEST)


def test_the_gate_gets_what_the_configuration_says():
    """Every key of `[gate]`, as the gate calls it, but for what recording and the pipeline read."""
    given = {"margins": {"wer_abs": 0.02}, "levels": {"erasure": "off"}, "require_reference": False}
    given |= {"slices": "error", "endpoint_source": "time"}
    config = Config.model_validate({"gate": given})

    assert set(Config().gate.model_dump()) == {*given, "approvals", "early_stopping"}
    for key in given:
        assert getattr(gate_settings(config), key) == getattr(config.gate, key)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[gate.margins]\nwer_absolute = 0.02\n", "gate.margins.wer_absolute: there is no rule"),
        ('[gate]\nendpoint_source = "times"\n', "gate.endpoint_source is 'times', but should be 'text' or 'time'"),
        ("[audio]\nchunk_ms = 62.53\n", "audio.chunk_ms is 62.53, which at 16000 Hz"),
        ('[candidate]\nprovider = "gladia"\nparams = { foo = 3 }\n', "candidate.params.foo: there is no such field"),
    ],
)
def test_what_a_module_refuses_is_told_with_its_file(text: str, told: str, tmp_path: Path):
    """Also where the module that refuses it knows only the value."""
    file = tmp_path / "harness.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as caught:
        plan_run(override(load_config(file), {"corpus.path": str(DEMO)}), select=SHORTEST)

    assert str(caught.value).startswith(f"{file}: {told}")


def test_a_baseline_can_not_be_recorded_and_borrowed(tmp_path: Path):
    """Both ways to say where it comes from exclude each other; of a run that is none, it is said that it is none."""
    with pytest.raises(ConfigError, match="--only-side baseline and --baseline-run exclude each other"):
        plan_from_options(corpus=DEMO, only_side="baseline", baseline_run=tmp_path)
    with pytest.raises(RunError, match=r"run\.json: there is no such file"):
        plan_from_options(corpus=DEMO, baseline_run=tmp_path)
