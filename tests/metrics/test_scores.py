from examples import flight_clip, hasty, patient

from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.scores import Scores


def test_other_rows_are_measured_as_the_first_were():
    """What was measured how stays, the gate's three tables are replaced, and nothing of the other tables is left."""
    scores = score_run([(flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1)], ScoreSettings())
    sessions, utterances, turns = scores.sessions[:1], scores.utterances[:1], scores.turns[1:]
    expected = Scores(
        norm_id=scores.norm_id, secondary_norm_id=scores.secondary_norm_id, recv_stamp="wire",
        sessions=sessions, utterances=utterances, turns=turns, segments=(), words=(), boundaries=(),
    )  # fmt: skip
    assert expected == scores.with_rows(iter(sessions), iter(utterances), iter(turns))
    assert scores.secondary_norm_id is not None
