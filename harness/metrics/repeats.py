"""How far a service disagrees with itself: the same audio sent to it again, in a further pass."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from harness.metrics.scores import SessionScore
from harness.metrics.words import disagreement
from harness.timeline.events import Side

Delivered = Mapping[Side, tuple[str, ...]]


def with_repeats(passes: Iterable[tuple[Iterable[SessionScore], Delivered]]) -> Iterator[SessionScore]:
    """Compare the text of every further valid session of a clip and side with that of the first.

    Args:
        passes: Rows of one clip and pass with the tokens that each side delivered; passes of a clip in ascending order.
    """
    first: dict[tuple[str, Side], tuple[str, ...]] = {}
    for rows, delivered in passes:
        for row in rows:
            tokens = delivered[row.side]
            if not row.valid:
                yield row
            elif (earlier := first.get((row.clip_id, row.side))) is None:
                first[row.clip_id, row.side] = tokens
                yield row
            else:
                changed, longer = disagreement(earlier, tokens)
                yield replace(row, repeat_changed_words=changed, repeat_longer_words=longer)
