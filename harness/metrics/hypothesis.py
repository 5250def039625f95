"""What a session showed and delivered, as plain (L1) tokens: the provider's side of every comparison.

A product consumes one final of each segment. With AssemblyAI's `format_turns` the word-cadence models send two, first
unformatted, then formatted: one segment, one text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.metrics.normalize import plain_tokens, raw_tokens
from harness.timeline.segments import FoldedSession, Segment, Update, UpdateKind

Consume = Literal["formatted", "first"]

# Above all surrogates; from here on a million code points are free.
_FIRST_CODE = 0xE000


class TokenCoder:
    """Writes a token sequence as a string with one character per distinct token.

    On such strings the edit distance in C, slicing and comparing prefixes work at full speed; partials are many.
    """

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}

    def encode(self, tokens: Iterable[str]) -> str:
        """The coded sequence; equal tokens get equal characters for the life of the coder."""
        codes = self._codes
        return "".join([codes.setdefault(token, chr(_FIRST_CODE + len(codes))) for token in tokens])


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One segment as a product sees it; instants in ns from T0.

    Attributes:
        segment: What was folded.
        updates: Up to and including the first final.
        states: Coded L1 tokens of these updates.
        raw_states: Their coded L0 tokens.
        final: Coded L1 tokens of the first final; of the last partial if the segment stayed open; none if it vanished.
        endpoint_ns: First final of any form; None without one.
        consumed_ns: First final of the form that the product uses; None if it never came.
        text: Text of the last final of that form; falls back to the other form, then to the tail left open.
        is_formatted_missing: Whether the formatted form was expected and never came although another final did.
    """

    segment: Segment
    updates: tuple[Update, ...]
    states: tuple[str, ...]
    raw_states: tuple[str, ...]
    final: str
    endpoint_ns: int | None
    consumed_ns: int | None
    text: str
    is_formatted_missing: bool


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A session's segments in order."""

    session: FoldedSession
    segments: tuple[SegmentView, ...]

    @property
    def tokens(self) -> str:
        """Coded tokens of all first finals, concatenated in order."""
        return "".join(view.final for view in self.segments)

    def after_stop(self, at_ns: int) -> bool:
        """Whether an instant lies after the stop command: what comes then is a flush, not a decision."""
        return self.session.finish_ns is not None and at_ns > self.session.finish_ns


def hypothesis_of(session: FoldedSession, consume: Consume, coder: TokenCoder) -> Hypothesis:
    """View a session as the product sees it, with tokens coded by `coder`."""
    effective = effective_consume(session, consume)
    return Hypothesis(session, tuple(_view(segment, effective, coder) for segment in session.segments))


def effective_consume(session: FoldedSession, consume: Consume) -> Consume:
    """The final that the product uses, given what the session asked for.

    A session that did not ask for formatting and got no formatted final can't be consumed formatted: every final would
    count as missing. Its product consumes the first.
    """
    is_asked_for = str(session.header.params.get("format_turns", False)).casefold() == "true"
    is_delivered = any(update.kind == "final_formatted" for segment in session.segments for update in segment.updates)
    return consume if is_asked_for or is_delivered else "first"


def first_of(segment: Segment, kind: UpdateKind) -> Update | None:
    """First update of a kind."""
    return next((update for update in segment.updates if update.kind == kind), None)


def _view(segment: Segment, consume: Consume, coder: TokenCoder) -> SegmentView:
    updates: list[Update] = []
    for update in segment.updates:
        updates.append(update)
        if update.kind != "partial":
            break
    states = tuple(coder.encode(plain_tokens(update.text)) for update in updates)
    first_final = updates[-1] if updates and updates[-1].kind != "partial" else None
    form: UpdateKind = "final_formatted"
    if consume == "first" and first_final is not None:
        form = first_final.kind
    consumed = first_of(segment, form)
    return SegmentView(
        segment=segment,
        updates=tuple(updates),
        states=states,
        raw_states=tuple(coder.encode(raw_tokens(update.text)) for update in updates),
        final="" if segment.closed_by == "vanished" or not states else states[-1],
        endpoint_ns=None if first_final is None else first_final.wire_ns,
        consumed_ns=None if consumed is None else consumed.wire_ns,
        text=_text(segment, form if consumed else None),
        is_formatted_missing=first_final is not None and consumed is None,
    )


def _text(segment: Segment, form: UpdateKind | None) -> str:
    if segment.closed_by == "vanished" or not segment.updates:
        return ""
    finals = [update for update in segment.updates if update.kind != "partial"]
    of_form = [update for update in finals if update.kind == form]
    return (of_form or finals or segment.updates)[-1].text
