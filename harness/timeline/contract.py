"""Checks of what a provider promises about the updates of one segment; each breach is a `Violation`."""

from collections.abc import Iterator, Sequence

from harness.timeline.segments import Update, UpdateKind, Violation, Word
from harness.timeline.tokens import plain_tokens


def check_updates(updates: Sequence[Update], end_ns: int | None) -> Iterator[Violation]:
    """Breaches in one key's updates, in order of arrival.

    Kinds: `duplicate_final`, `empty_final`, `post_final_mutation` (a second final of the same form with other words, or a
    word declared final that changes or disappears in a later unformatted update), `final_after_close`,
    `text_words_mismatch`, `bad_word_time`. Unformatted to formatted is no mutation.

    Args:
        updates: All updates of a key.
        end_ns: Instant after which nothing may come: the service's goodbye, or the closing of the socket.
    """
    finals: dict[UpdateKind, tuple[str, ...]] = {}
    settled: dict[int, str] = {}
    for update in updates:
        if update.kind != "partial":
            yield from _check_final(update, finals, end_ns)
        if update.words:
            yield from _check_words(update)
            settled, broken = _settle(update, settled)
            if broken and not (update.kind in finals and _differs(update, finals)):
                yield _violation("post_final_mutation", update, "a word declared final changed or disappeared")
        if update.kind != "partial":
            finals[update.kind] = plain_tokens(update.text)


def _check_final(update: Update, finals: dict[UpdateKind, tuple[str, ...]], end_ns: int | None) -> Iterator[Violation]:
    if not update.text:
        yield _violation("empty_final", update, "")
    if update.kind in finals:
        yield _violation("duplicate_final", update, f"a second {update.kind}")
        if _differs(update, finals):
            yield _violation("post_final_mutation", update, f"was: {' '.join(finals[update.kind])[:200]}")
    if end_ns is not None and update.wire_ns > end_ns:
        yield _violation("final_after_close", update, "")


def _check_words(update: Update) -> Iterator[Violation]:
    listed = tuple(token for word in update.words for token in plain_tokens(word.text))
    if listed != plain_tokens(update.text):
        yield _violation("text_words_mismatch", update, f"words: {' '.join(listed)[:200]}")
    bad = next((word for word in update.words if _has_bad_time(word)), None)
    if bad is not None:
        yield _violation("bad_word_time", update, f"{bad.text[:40]}: {bad.start_ms} to {bad.end_ms} ms")


def _settle(update: Update, settled: dict[int, str]) -> tuple[dict[int, str], bool]:
    """Plain texts of the words declared final so far, by index, and whether this update broke one of them.

    A formatted final is compared with nothing, and settles words only if no unformatted update did before.
    """
    declared = {index: _plain(word) for index, word in enumerate(update.words) if word.is_final}
    if update.kind == "final_formatted":
        return settled or declared, False
    shown = [_plain(word) for word in update.words]
    broken = any(index >= len(shown) or shown[index] != text for index, text in settled.items())
    return (declared if broken else settled | declared), broken


def _differs(update: Update, finals: dict[UpdateKind, tuple[str, ...]]) -> bool:
    return finals[update.kind] != plain_tokens(update.text)


def _plain(word: Word) -> str:
    return " ".join(plain_tokens(word.text))


def _has_bad_time(word: Word) -> bool:
    start_ms, end_ms = word.start_ms, word.end_ms
    is_negative = (start_ms is not None and start_ms < 0) or (end_ms is not None and end_ms < 0)
    return is_negative or (start_ms is not None and end_ms is not None and start_ms > end_ms)


def _violation(kind: str, update: Update, detail: str) -> Violation:
    return Violation(kind, update.key, update.wire_ns, detail)
