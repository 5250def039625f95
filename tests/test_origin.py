"""What a run keeps of how it was recorded, and what is read back."""

from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST

from harness.config import load_config, override
from harness.origin import kept, origin_of
from harness.planning import plan_run
from harness.verdict.results import Origin, Service


def test_a_run_says_how_it_was_recorded(monkeypatch: pytest.MonkeyPatch):
    """The command with paths from where it was given, hosts, and the names of keys, of live sides alone."""
    monkeypatch.chdir(DEMO)
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), "baseline.host": "ws://127.0.0.1:9"})
    planned = plan_run(loaded, select=SHORTEST, live=True, with_keys=False)
    command = ("harness", "compare", "--live", "--corpus", f"{DEMO}/wav", f"--config={Path('/')}")

    provenance = kept(planned, command)
    document = {"provenance": provenance, "config": planned.config.model_dump(mode="json"), "looks": {}}
    found = origin_of(document)

    assert ("harness", "compare", "--live", "--corpus", "wav") == found.command[:-1]
    assert str(DEMO) not in found.command[-1]
    assert {
        "baseline": Service("assemblyai", "ws://127.0.0.1:9", ()),
        "candidate": Service("gladia", "https://api.gladia.io", ("GLADIA_API_KEY",)),
    } == found.services
    assert (planned.config.replay.pairs, False) == (found.pairs, found.plays_again)


def test_a_run_that_does_not_say_is_one_of_the_plain_command():
    """Runs of earlier versions; what their configuration says of hosts is believed."""
    sides = {
        "baseline": {"provider": "assemblyai", "host": "production"},
        "candidate": {"provider": "gladia", "host": "http://127.0.0.1:9"},
    }

    assert Origin(
        services={"baseline": Service("assemblyai"), "candidate": Service("gladia", "http://127.0.0.1:9")},
        plays_again=True,
    ) == origin_of({"provenance": {}, "config": sides})
    assert Origin(plays_again=True) == origin_of({})
