"""What the HTML report is made from: the values of one run, read lazily where they are large."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.corpus.model import Clip
from harness.metrics.scores import Scores
from harness.timeline.events import Side, Timeline
from harness.timeline.segments import FoldedSession


@dataclass(frozen=True, slots=True)
class ClipAudio:
    """What was sent for a clip, without the trailing silence.

    Attributes:
        samples: Mono signal, shape `(n,)`.
        sample_rate_hz: Samples a second.
    """

    samples: npt.NDArray[np.int16]
    sample_rate_hz: int


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that the report shows.

    Attributes:
        run: `run.json`: ids, endpoint, provenance, configuration as sent. Missing keys are shown as "not recorded".
        clips: The clips of the run, in corpus order.
        scores: All tables of scores.
        sessions: Reads one folded session by clip id, side and pass; None if it was never recorded.
        summary: `summary.json`.
        verdict: `verdict.json`; None for a run that was scored but not judged.
        timeline: Reads one session as recorded by clip id, side and pass; None if it was never recorded.
        audio: Reads a clip's audio; None if it is gone. Never called for a clip whose audio may not be copied.
    """

    run: Mapping[str, Any]
    clips: Sequence[Clip]
    scores: Scores
    sessions: Callable[[str, Side, int], FoldedSession | None]
    summary: Mapping[str, Any]
    verdict: Mapping[str, Any] | None
    audio: Callable[[Clip], ClipAudio | None]
    timeline: Callable[[str, Side, int], Timeline | None] = lambda _clip_id, _side, _pass_number: None
