"""When the tokens that are compared (L2) were said: a normaliser changes their number, so times are those of the words."""

from collections.abc import Iterator
from itertools import groupby

from harness.metrics.accuracy import Accuracy
from harness.metrics.reference import Reference, Span


def token_spans(accuracy: Accuracy, reference: Reference) -> Iterator[Span | None]:
    """Start and end in seconds of each reference token; None without word times.

    Token j of m, in an utterance of n words, has those of word floor(j * n / m).
    """
    words_of: list[list[int]] = [[] for _ in reference.utterances]
    for word, utterance in enumerate(reference.utterance_of):
        words_of[utterance].append(word)
    for utterance, tokens in groupby(accuracy.utterance_of):
        words, size = words_of[utterance], len(list(tokens))
        for place in range(size):
            yield reference.times_s[words[place * len(words) // size]] if words else None
