import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.corpus.clip_json import clip_from_dict, clip_to_dict
from harness.corpus.model import Clip, Entity, ReferenceWord, Utterance
from harness.errors import RunError

seconds = st.floats(allow_nan=False, allow_infinity=False)
words = st.builds(ReferenceWord, start_s=seconds, end_s=seconds)
names = st.none() | st.text(max_size=5)
# Fields with a default are only varied if they are named.
utterances = st.builds(
    Utterance,
    start_s=seconds,
    end_s=seconds,
    turn_id=names,
    speaker=names,
    words=st.lists(words, max_size=3).map(tuple),
)
clips = st.builds(
    Clip,
    duration_s=seconds,
    utterances=st.lists(utterances, max_size=3).map(tuple),
    copy_audio=st.booleans(),
    entities=st.lists(st.builds(Entity), max_size=2).map(tuple),
)


@given(clips)
def test_a_clip_survives_json(clip):
    """Every field comes back equal and of the same type, tuples included."""
    assert clip == clip_from_dict(json.loads(json.dumps(clip_to_dict(clip))))


def test_a_damaged_clip_is_refused_by_field():
    """A run directory of another version is named as such."""
    with pytest.raises(RunError, match="stored clip 'a': recording_id: Field required"):
        clip_from_dict({"clip_id": "a"})
