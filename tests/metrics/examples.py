"""The methodology's worked example of a flight booking (8.14, 8.15), and helpers to analyse sessions and texts."""

from builders import clip, timeline, transcript, turn, utterance

from harness.corpus.model import Clip
from harness.metrics.accuracy import Accuracy
from harness.metrics.analysis import SessionAnalysis, analyse
from harness.metrics.hypothesis import TokenCoder
from harness.metrics.normalize import UNINTELLIGIBLE
from harness.metrics.reference import reference_of
from harness.metrics.settings import ScoreSettings
from harness.metrics.words import align_unmasked, count
from harness.timeline.events import Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession

BOSTON = (
    ("i", 0.5, 0.6),
    ("need", 0.6, 0.9),
    ("a", 0.9, 1.0),
    ("flight", 1.0, 1.6),
    ("to", 2.1, 2.3),
    ("boston", 2.3, 2.9),
)
FRIDAY = (("leaving", 3.8, 4.2), ("on", 4.2, 4.3), ("friday", 4.3, 4.7))


def flight_clip() -> Clip:
    """Two turns; the first pauses after `flight` from 1.60 to 2.10 s."""
    return clip(
        [
            utterance("i need a flight to boston", 0.5, 2.9, words=BOSTON),
            utterance("leaving on friday", 3.8, 4.7, words=FRIDAY),
        ]
    )


def patient() -> FoldedSession:
    """Side A: one segment a turn."""
    return fold(
        timeline(
            [
                turn(3.35, "i need a flight to boston", order=0, final=True, formatted=True),
                turn(5.20, "leaving on friday", order=1, final=True, formatted=True),
            ]
        )
    )


def hasty() -> FoldedSession:
    """Side B: cuts the first turn at its pause and merges the rest with the second."""
    frames = [
        transcript(1.95, "i need a flight", key="a", final=True, start_s=0.5, end_s=1.6),
        transcript(5.05, "to boston leaving on friday", key="b", final=True, start_s=2.1, end_s=4.7),
    ]
    return fold(timeline(frames, provider="gladia", side="candidate"))


def analysed(of: Clip, session: FoldedSession | Timeline, **settings: object) -> SessionAnalysis:
    """One session against its clip, with the second normaliser off unless asked for."""
    folded = fold(session) if isinstance(session, Timeline) else session
    chosen = ScoreSettings(**({"use_secondary": False} | settings))
    return analyse(of, reference_of(of), folded, TokenCoder(), chosen)


def aligned(reference: str, hypothesis: str) -> Accuracy:
    """Two texts whose tokens are those between the spaces; `|` separates utterances of the reference."""
    utterances = [part.split() for part in reference.split("|")]
    said = tuple(token for tokens in utterances for token in tokens)
    heard = tuple(hypothesis.split())
    steps = tuple(align_unmasked(said, heard, UNINTELLIGIBLE))
    utterance_of = tuple(index for index, tokens in enumerate(utterances) for _ in tokens)
    return Accuracy(said, utterance_of, heard, (0,) * len(heard), steps, count(steps))
