"""Hosts that this machine does not know are told before a run begins; a side without one is emulated."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted import DEMO, SHORTEST, plan

from harness import hosts
from harness.config import load_config, override
from harness.emulators import embedded
from harness.errors import ConfigError
from harness.planning import RunPlan, plan_run
from harness.recording import Recording
from harness.rundir import RunDir


def planned(monkeypatch: pytest.MonkeyPatch, **changes: str) -> RunPlan:
    """A live run; `known.example` has an address here, and no other host."""
    monkeypatch.setattr(hosts, "resolves", lambda host: "known.example" in host)
    sides = {f"{side}.host": host for side, host in changes.items()}
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), **sides})
    return plan_run(loaded, select=SHORTEST, live=True, with_keys=False)


def test_a_host_that_is_not_known_here_ends_a_run_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Host and side are named, a service's own too, and nothing is written."""
    plan = planned(monkeypatch, baseline="wss://known.example")

    with pytest.raises(ConfigError, match=r"^candidate: https://api\.gladia\.io: no address is known here"):
        Recording(plan, RunDir(tmp_path / "run")).record()
    assert [] == list(tmp_path.iterdir())
    with pytest.raises(ConfigError, match=r"^baseline: streaming\.assemblyai\.com; candidate: https://a\.example: no"):
        hosts.check_hosts(planned(monkeypatch, candidate="https://a.example"))


def test_only_what_is_dialled_is_looked_up(monkeypatch: pytest.MonkeyPatch):
    """Not the side that is left out, nor what is on this machine."""
    here = planned(monkeypatch, baseline="wss://known.example", candidate="http://127.0.0.1:9")
    hosts.check_hosts(here)
    hosts.check_hosts(replace(planned(monkeypatch, baseline="wss://known.example"), record_sides=("baseline",)))


def test_a_side_without_a_host_is_played_by_emulators_of_the_runs_own(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """The other side is reached where it was said to be; how both services fared is kept in every run's document."""
    monkeypatch.setattr(embedded, "start", lambda: nullcontext(emulators))
    planned = plan(emulators)
    sides = {**planned.sides, "candidate": replace(planned.sides["candidate"], host=None)}
    found: list[dict[str, Any]] = [{"emulators": []}, {"emulators": []}]
    with hosts.hosts_of(replace(planned, sides=sides), found) as reached:
        assert {"baseline": emulators.assemblyai, "candidate": emulators.gladia} == reached
        assert [[], []] == [document["emulators"] for document in found]

    for document in found:
        assert [None, emulators.assemblyai] == [fared.get("host") for fared in document["emulators"]]
        assert all("loop_lag_ms" in fared for fared in document["emulators"])
