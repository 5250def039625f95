from itertools import pairwise

import pytest

from harness.calibration.material import GAP_MS, HOLD_MS, material_of
from harness.calibration.settings import Settings
from harness.errors import ConfigError

ALL = [Settings(pairs, 150, message_words=words) for pairs in (1, 3) for words in (10, 12, 40, 60)]


def test_a_clip_holds_as_many_utterances_as_fit():
    """Each of the words asked for, with a pause inside and one behind."""
    material = material_of(Settings(seconds=20, message_words=12))
    first, second, *_ = material.utterances

    assert [12, 12, 12] == [len(utterance.words) for utterance in material.utterances]
    assert HOLD_MS == first.words[first.hold].start_ms - first.words[first.hold - 1].end_ms
    assert GAP_MS == second.start_ms - first.end_ms
    assert material.utterances[-1].end_ms <= 20_000


def test_a_clip_too_short_for_one_utterance_is_refused():
    """With the length that would do."""
    with pytest.raises(ConfigError, match=r"too short for an utterance of 60 words\. Give it 20\.3 or more"):
        material_of(Settings(seconds=20, message_words=60))


@pytest.mark.parametrize("settings", ALL, ids=lambda settings: settings.name)
def test_errors_lie_apart_and_away_from_the_ends(settings: Settings):
    """So that each costs one, whatever the alignment, and none decides where a turn ends."""
    material = material_of(settings)
    for plan in material.sides.values():
        for utterance, injection in zip(material.utterances, plan.injections, strict=True):
            places = [edit.word for edit in injection.edits]
            edges = (-1, utterance.hold, *places, len(utterance.words) - 2)
            assert all(after - before >= 1 for before, after in pairwise(edges))
            assert all(after - before >= 2 for before, after in pairwise(places))


@pytest.mark.parametrize("settings", ALL, ids=lambda settings: settings.name)
def test_the_sides_differ(settings: Settings):
    """A mix-up of sides would show in the error rate and in every latency, even with a single utterance."""
    baseline, candidate = (material_of(settings).sides[side] for side in ("baseline", "candidate"))

    assert [len(injection.edits) for injection in baseline.injections] != [
        len(injection.edits) for injection in candidate.injections
    ]
    assert baseline.partial_delay_ms != candidate.partial_delay_ms
    assert baseline.final_delay_ms != candidate.final_delay_ms


def test_only_a_clip_among_others_is_one_that_fails():
    """A single pair would be lost to every other metric."""
    assert (None, "clip-000") == (
        material_of(Settings(1)).longer_clip,
        material_of(Settings(2)).longer_clip,
    )
