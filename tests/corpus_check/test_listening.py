from pathlib import Path

import numpy as np
import pytest
import soundfile
from clips import clip
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus_check.listening import Levels, listen, outside

DEMO = Path(__file__).parents[2] / "corpora" / "demo"


@settings(max_examples=30)
@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_levels_do_not_depend_on_the_blocks(samples, cuts):
    """A file that is read piece by piece is as loud, and the same, as when it is read whole."""
    array = np.array(samples, np.float32)
    whole, pieces = Levels(), Levels()
    assert [array] == list(whole.watched([array]))
    list(pieces.watched(np.split(array, sorted(cuts))))
    assert (whole.frames, whole.peak, whole.clipped) == (pieces.frames, pieces.peak, pieces.clipped)
    assert whole.digest.hexdigest() == pieces.digest.hexdigest()
    assert whole.offset == pytest.approx(pieces.offset, abs=1e-9)


def test_what_was_heard_before_is_not_looked_for_again(tmp_path, monkeypatch):
    """The levels are the same whether the speech comes from the detector or from the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one = clip(audio_filepath="wav/read/ps_cards_005.wav", sample_rate_hz=16000)
    first, second = listen(DEMO, one, "ab"), listen(DEMO, one, "ab")
    assert first.spans == second.spans != ()
    frames = soundfile.info(DEMO / one.audio_filepath).frames
    assert (frames, first.samples_id) == (second.levels.frames, second.samples_id)


def test_parts_outside_are_those_that_no_cover_covers():
    """Before, between and behind; covers may overlap."""
    assert [(0.0, 1.0), (3.0, 4.0), (6.0, 7.0)] == list(outside([(0.0, 7.0)], [(1.0, 2.5), (2.0, 3.0), (4.0, 6.0)]))
    assert [] == list(outside([(1.0, 2.0)], [(0.0, 3.0)]))
    assert [(1.0, 2.0)] == list(outside([(1.0, 2.0)], []))
