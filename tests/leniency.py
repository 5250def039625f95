"""What a busy machine does to a run, where that is not what is tested."""

import math
from dataclasses import replace
from typing import Any

import pytest

from harness import joblist
from harness.timeline import validity

DIAL_S = 60.0
APART_S = 8.0


def let_it_be_late(patch: pytest.MonkeyPatch) -> None:
    """Chunks may leave late, and the machine lag: rightly, that would make a run invalid."""
    for limit in ("LATENESS_P99", "LATENESS_MAX", "LOOP_LAG_P99", "LOOP_LAG_MAX"):
        patch.setattr(validity, f"{limit}_LIMIT_MS", math.inf)


def let_sides_part(patch: pytest.MonkeyPatch) -> None:
    """Both sides lose their sockets at once, but their threads may hear of it seconds apart."""
    patch.setattr(validity, "JOINT_DISCONNECT_S", APART_S)


def let_it_dial(patch: pytest.MonkeyPatch) -> None:
    """Dozens of sessions may be dialled in the same second by two processes, and take their time."""
    settings = joblist._side_settings

    def patient(*side: Any) -> Any:
        made = settings(*side)
        return replace(made, spec=replace(made.spec, connect_timeout_s=DIAL_S))

    patch.setattr(joblist, "_side_settings", patient)
