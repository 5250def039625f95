from itertools import pairwise

import pytest
from rapidfuzz.distance import Levenshtein

from harness.calibration.material import material_of
from harness.calibration.performance import perform
from harness.calibration.settings import Settings
from harness.calibration.truth import truth_of
from harness.timeline.events import SIDES, Side

ALL = [Settings(1, 150, message_words=words) for words in (10, 12, 40, 60)]


@pytest.mark.parametrize("settings", ALL, ids=lambda settings: settings.name)
@pytest.mark.parametrize("side", SIDES)
def test_what_is_played_has_the_word_errors_of_the_truth(settings: Settings, side: Side):
    """Counted by an edit distance that knows nothing of what was injected."""
    material = material_of(settings)
    said = [word.text for utterance in material.utterances for word in utterance.words]
    segments = perform(material.utterances, material.sides[side])
    delivered = [word for segment in segments for word in segment.correction or segment.words]

    assert truth_of(material, side, material.clip_ids).rates["wer"].events == Levenshtein.distance(said, delivered)


@pytest.mark.parametrize("settings", ALL, ids=lambda settings: settings.name)
@pytest.mark.parametrize("side", SIDES)
def test_what_is_played_takes_back_as_many_words_as_the_truth_says(settings: Settings, side: Side):
    """Counted between one partial and the next, and up to the final."""
    material = material_of(settings)
    taken_back = 0
    for segment in perform(material.utterances, material.sides[side]):
        states = [*(partial.words for partial in segment.partials), segment.words]
        for before, after in pairwise(states):
            taken_back += sum(one != other for one, other in zip(before, after, strict=False))

    assert truth_of(material, side, material.clip_ids).rates["normalized_erasure"].events == taken_back


def test_a_cut_turn_is_two_segments():
    """The first ends at the pause."""
    material = material_of(Settings(1, 20))
    [early, late] = [
        segment for segment in perform(material.utterances, material.sides["baseline"]) if segment.utterance == 0
    ]
    utterance = material.utterances[0]

    assert (len(early.words), early.end_ms) == (utterance.hold, utterance.words[utterance.hold - 1].end_ms)
    assert late.start_ms == utterance.words[utterance.hold].start_ms


@pytest.mark.parametrize("side", SIDES)
def test_partials_come_in_order_before_their_final(side: Side):
    """Audio time never goes back."""
    material = material_of(Settings(1, 60))
    for segment in perform(material.utterances, material.sides[side]):
        instants = [segment.start_ms, *(partial.at_ms for partial in segment.partials), segment.end_ms]
        assert sorted(instants) == instants
