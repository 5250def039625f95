"""What a project decides about scoring."""

from dataclasses import dataclass
from typing import Literal

from harness.metrics.hypothesis import Consume

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
    """

    consume: Consume = "formatted"
    tail_policy: TailPolicy = "include"
    rewrites: tuple[tuple[str, str], ...] = ()
    default_language: str = "en"
    use_secondary: bool = True
