"""What came of a cell of the matrix, held against what must come of it."""

import re
from collections.abc import Iterator, Mapping

import pytest
from fault_matrix import Cell
from leniency import let_sides_part

from harness.metrics.scores import SessionScore
from harness.rundir import RunDir
from harness.timeline import validity
from harness.timeline.account import account
from harness.timeline.events import SIDES, Side
from harness.timeline.files import read_timeline

BURST_MS = 8000.0  # a busy machine is late by less; who waited for a partner that never came was by ten seconds
NETWORK = re.compile("the local network")


def faults_of_first_attempt(run: RunDir, clip_id: str, pass_number: int = 1) -> tuple[str, ...]:
    """Why the pair was run again; empty if it was not."""
    paths = {side: run.session_path(clip_id, side, pass_number, rejected=True) for side in SIDES}
    timelines = {side: read_timeline(path) for side, path in paths.items() if path.exists()}
    with pytest.MonkeyPatch.context() as patch:
        let_sides_part(patch)
        return validity.harness_faults({side: account(each.header, each.events) for side, each in timelines.items()})


def complaints(cell: Cell, sessions: Mapping[Side, SessionScore], again: tuple[str, ...]) -> list[str]:
    """What is not as it must be in the pair of a cell; `again` says why it was run again."""
    found = []
    if cell.network is not None and cell.network != bool(again):
        found.append(f"run again for {again}, expected {cell.network}")
    if again and not any(NETWORK.search(fault) for fault in again):
        found.append(f"run again for {again}, which is not the network")
    for side in SIDES:
        found += [f"{side}: {each}" for each in _of_session(cell, side, sessions[side], again=bool(again))]
    return found


def _of_session(cell: Cell, side: Side, found: SessionScore, *, again: bool) -> Iterator[str]:
    expected = cell.met(side)
    if expected.other is not None and re.search(expected.other.failure, found.failure_reason or ""):
        expected = expected.other
    if not found.valid:
        yield f"invalid: {found.invalid_reason}"
    if (found.lateness_max_ms or 0.0) >= BURST_MS:
        yield f"{found.lateness_max_ms} ms late"
    if again and not cell.network:
        return  # microseconds made it the network's
    if expected.failure and not re.search(expected.failure, found.failure_reason or "it succeeded"):
        yield f"failed by {found.failure_reason!r}, expected {expected.failure!r}"
    if not expected.failure and found.failure_reason is not None:
        yield f"failed by {found.failure_reason!r}, expected success"
    fewest, most = expected.missing
    if not fewest <= found.words.deletions <= most:
        yield f"{found.words.deletions} words missing, expected {fewest} to {most}"
    if (found.words.insertions, found.words.substitutions) != (expected.added, 0):
        yield f"{found.words.insertions} words inserted and {found.words.substitutions} wrong, expected {expected.added} and 0"
