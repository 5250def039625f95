"""Early stopping of a run: its calls in four batches, and what `run.json` keeps of the looks taken between them."""

import random
from collections.abc import Iterable, Mapping
from typing import Any

from harness.corpus.model import Clip
from harness.errors import RunError
from harness.rundir import RunDir
from harness.verdict.results import LastLook
from harness.verdict.sequential import LOOKS, planned_looks


def batches(clips: Iterable[Clip], seed: int) -> list[set[str]]:
    """The ids of the clips that are played up to each look, and not before: whole calls, in an order that `seed` reproduces."""
    of_call: dict[str, set[str]] = {}
    for clip in clips:
        of_call.setdefault(clip.call_id, set()).add(clip.clip_id)
    calls = sorted(of_call)
    random.Random(seed).shuffle(calls)  # noqa: S311 - an order, not a secret
    ends = planned_looks(len(calls))
    return [
        set().union(*(of_call[call] for call in calls[begin:end])) for begin, end in zip((0, *ends), ends, strict=False)
    ]


def no_looks_yet(clips: Iterable[Clip]) -> dict[str, Any]:
    """What `run.json` says under `looks` when a run with early stopping begins."""
    calls = len({clip.call_id for clip in clips})
    return {"planned_calls": calls, "at_calls": list(planned_looks(calls)), "taken": []}


def settled_at(document: Mapping[str, Any]) -> int | None:
    """The look that settled the run before its end; None if none did, or if it was topped up since.

    Args:
        document: `run.json`.
    """
    looks = document.get("looks") or {}
    taken = looks.get("taken", [])
    if looks.get("topped_up"):
        return None
    return taken[-1]["look"] if taken and taken[-1]["decision"] != "continue" else None


def top_up(run: RunDir, document: dict[str, Any]) -> None:
    """Let a run that was settled go on to its last look, once: other rules may have been left undecided.

    Args:
        run: The run, judged.
        document: Its `run.json`, which is changed.

    Raises:
        RunError: It was not stopped early, or is not undecided: a verdict is not recorded away.
    """
    if settled_at(document) is None:
        raise RunError(f"{run.path}: was not stopped early, so there is nothing to top up. Leave out --top-up.")
    verdict = run.read_json("verdict.json")["verdict"]
    if verdict != "inconclusive":
        raise RunError(
            f"{run.path}: its verdict is {verdict!r}, and only an inconclusive run is topped up, once. Start a new run with another "
            "--run-id."
        )
    document["looks"]["topped_up"] = True


def last_look(document: Mapping[str, Any]) -> LastLook | None:
    """The look at which a run is judged: the one that settled it, else the one after those taken; None without early stopping.

    Args:
        document: `run.json`.
    """
    looks = document.get("looks")
    if not looks:
        return None
    look = settled_at(document) or (LOOKS if looks.get("topped_up") else len(looks["taken"]) + 1)
    return LastLook(look, LOOKS, looks["at_calls"][look - 1], looks["planned_calls"])
