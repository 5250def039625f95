"""What a project decides about scoring."""

from dataclasses import dataclass
from typing import Literal

from harness.metrics.hypothesis import Consume
from harness.timeline.events import SIDES, Side

TailPolicy = Literal["include", "drop"]


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """How sessions are scored. Results of different settings must not be compared.

    Attributes:
        consume: Which final the product uses where a provider sends two of one segment.
        tail_policy: Whether text still open at the end counts as delivered.
        rewrites: `(regular expression, replacement)` in order, applied to reference and both sides before normalising.
        default_language: Primary subtag for clips that name none.
        use_secondary: Whether a second normaliser gives its opinion.
        keywords: Words and phrases that are looked for in reference and hypothesis, as anybody would write them.
        collar_s: By how much delivered words may be early or late where only words of about the same time are paired.
        sides: Those the run was to record; a session missing of another is no fault.
    """

    consume: Consume = "formatted"
    tail_policy: TailPolicy = "include"
    rewrites: tuple[tuple[str, str], ...] = ()
    default_language: str = "en"
    use_secondary: bool = True
    keywords: tuple[str, ...] = ()
    collar_s: float = 5.0
    sides: tuple[Side, ...] = SIDES
