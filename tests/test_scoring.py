import sys
from dataclasses import replace
from itertools import groupby

import pytest
from builders import clip
from hypothesis import given
from hypothesis import strategies as st

from harness import scoring
from harness.errors import RunError
from harness.metrics.settings import ScoreSettings
from harness.rundir import RunDir
from harness.scoring import blocks_of


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), unique=True))
def test_channels_of_a_recording_are_scored_together(places: list[tuple[int, int]]):
    """Though other clips lie between them: what one channel leaks into another shows only there. The order stays."""
    clips = [
        replace(clip([]), clip_id=f"{index:03}", recording_id=str(recording))
        for index, (recording, _) in enumerate(places)
    ]
    blocks = list(blocks_of(clips))
    where = sorted((one.recording_id, number) for number, block in enumerate(blocks) for one in block)
    assert clips == [one for block in blocks for one in block]
    assert all(len({number for _, number in group}) == 1 for _, group in groupby(where, key=lambda pair: pair[0]))


def test_a_process_that_dies_is_told_with_its_code(golden: RunDir, monkeypatch: pytest.MonkeyPatch):
    """What killed it, memory for instance, is not the run's fault: score it again."""
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(RunError, match=r"a process that scores ended with code 1\. Score it again"):
        scoring.score_directory(golden, 1, ScoreSettings(), processes=2)
