"""When the tokens that are compared (L2) were said: a normaliser changes their number, so times are those of the words."""

from collections import Counter
from collections.abc import Iterator

from harness.metrics.accuracy import Accuracy
from harness.metrics.reference import Reference, Span


def token_spans(accuracy: Accuracy, reference: Reference) -> Iterator[Span | None]:
    """Start and end in seconds of each reference token; None without word times.

    Token j of m, in an utterance of n words, has those of word floor(j * n / m).
    """
    words_of: list[list[int]] = [[] for _ in reference.utterances]
    for word, utterance in enumerate(reference.utterance_of):
        words_of[utterance].append(word)
    sizes = Counter(accuracy.utterance_of)
    place = 0
    previous = -1
    for utterance in accuracy.utterance_of:
        place = place + 1 if utterance == previous else 0
        previous = utterance
        words = words_of[utterance]
        yield reference.times_s[words[place * len(words) // sizes[utterance]]] if words else None
