"""How a run was recorded: kept in `run.json` for whoever has to record it again, and read back for the verdict's next step."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.planning import PlannedSide, RunPlan
from harness.timeline.events import SIDES
from harness.verdict.results import Origin, Service


def kept(plan: RunPlan, command: Sequence[str]) -> dict[str, Any]:
    """What `run.json` holds of it, under `provenance`: the command, and what each side was reached at.

    Paths are relative to where the command was given, so that no report tells where someone's home is.
    """
    typed = {"command": [_relative(argument) for argument in command]} if command else {}
    return {**typed, "services": {side: _service(planned) for side, planned in plan.sides.items()}}


def origin_of(document: Mapping[str, Any]) -> Origin:
    """How a run was recorded, as far as `run.json` says."""
    provenance, config = document.get("provenance", {}), document.get("config", {})
    command = tuple(str(argument) for argument in provenance.get("command", ())) or Origin().command
    services: dict[str, Service] = {
        side: _told(config[side], provenance.get("services", {}).get(side)) for side in SIDES if side in config
    }
    return Origin(command, config.get("replay", {}).get("pairs"), plays_again(document), services)


def plays_again(document: Mapping[str, Any]) -> bool:
    """Whether `--resume` plays a run's spoilt pairs again: not where a look has seen them, nor one by one in a sweep."""
    return "sweep" not in document and "looks" not in document


def _service(side: PlannedSide) -> dict[str, Any]:
    host = side.host or (side.provider.default_host if side.live else None)
    return {"host": host, "keys": list(side.provider.key_variables(side.params)) if side.live else []}


def _told(config: Mapping[str, Any], told: Mapping[str, Any] | None) -> Service:
    """A side's service; of a run that does not say, what its configuration does."""
    provider, configured = str(config["provider"]), str(config.get("host"))
    if told is None:
        return Service(provider, configured if "://" in configured else None)
    return Service(provider, told.get("host"), tuple(told.get("keys", ())))


def _relative(argument: str) -> str:
    option, equals, value = argument.partition("=") if argument.startswith("--") else ("", "", argument)
    return f"{option}{equals}{os.path.relpath(value)}" if Path(value).is_absolute() else argument
