import pytest

from harness.calibration.cost import Cost, engine_share, mean_cost


def test_the_engines_share_is_what_the_sdks_do_not_explain():
    """3 s of 4 s for the same audio."""
    assert engine_share(Cost(4.0, 100.0), Cost(3.0, 100.0)) == pytest.approx(0.25)


def test_shares_are_of_equal_audio():
    """Half the audio at half the cost is the same cost."""
    assert engine_share(Cost(4.0, 100.0), Cost(1.5, 50.0)) == pytest.approx(0.25)


def test_plays_of_different_length_count_by_their_audio():
    """A play of a minute weighs three of 20 s."""
    assert mean_cost([Cost(1.0, 20.0), Cost(1.0, 60.0)]).per_audio_s == pytest.approx(0.025)
