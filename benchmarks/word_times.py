"""How far are the word times that `corpus align` finds from those that a corpus has already?

    python benchmarks/word_times.py [--lexicon FILE] CORPUS [SELECT]

Aligns the whole text of each clip with its audio, without the times, and compares: onset and end of every word where the corpus
has word times; where it has only segments, the onset of their first and the end of their last word. Times that an aligner made
say how two aligners agree, not how right one is: the table names their source. Needs the extra `align`. What is measured in
docs/corpora.md:

    python benchmarks/word_times.py tests/resources/align/human
    python benchmarks/word_times.py corpora/demo id=mfa_michaelandsick_2ch --lexicon tests/resources/align/lexicon.txt
    python benchmarks/word_times.py tests/resources/align/other_aligner --lexicon tests/resources/align/lexicon.txt
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from harness.audio.convert import resample, to_pcm16
from harness.audio.read import read_channel
from harness.corpus.aligner import ALIGNER_HZ, AlignedWord, Aligner
from harness.corpus.manifest import MANIFEST, load_corpus
from harness.corpus.model import Clip


def differences(clip: Clip, found: tuple[AlignedWord, ...]) -> tuple[list[float], list[float]]:
    """Onsets and ends, each in seconds after those of the reference: of words, else of utterances."""
    onsets, ends = [], []
    remaining = list(found)
    for utterance in clip.utterances:
        spoken = [remaining.pop(0) for _ in (utterance.text or "").split()]
        pairs = zip(utterance.words, spoken, strict=True) if utterance.words else [(utterance, None)]
        for reference, word in pairs:
            onsets.append((word or spoken[0]).start_s - reference.start_s)
            ends.append((word or spoken[-1]).end_s - reference.end_s)
    return onsets, ends


def described(name: str, values: list[float]) -> str:
    """A line of the table."""
    off_ms = np.abs(values) * 1000
    quantiles = (f"{value:.0f}" for value in np.quantile(off_ms, (0.5, 0.9, 0.99)))
    return f"| {name} | {len(values)} | {' | '.join(quantiles)} | {off_ms.max():.0f} | {np.mean(values) * 1000:+.0f} |"


def main() -> int:
    """Align, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("select", nargs="?")
    parser.add_argument("--lexicon", type=Path)
    options = parser.parse_args()
    aligner = Aligner(options.lexicon)
    onsets: list[float] = []
    ends: list[float] = []
    sources: set[str] = set()
    lines = [json.loads(line) for line in (options.corpus / MANIFEST).read_text(encoding="utf-8").splitlines()]
    made_by = {line["id"]: line.get("words_source" if line.get("words") else "segments_source", "?") for line in lines}
    for clip in load_corpus(options.corpus, select=options.select).clips:
        samples = read_channel(options.corpus / clip.audio_filepath, clip.channel)
        pcm = to_pcm16(resample(samples, clip.sample_rate_hz, ALIGNER_HZ))
        unknown = aligner.unknown(clip.text or "")
        found = None if unknown or not clip.text else aligner.align(pcm, clip.text)
        if found is None:
            print(f"left out: {clip.clip_id} ({', '.join(unknown) or 'no text, or one that does not fit'})")
            continue
        starts, stops = differences(clip, found)
        onsets, ends, sources = onsets + starts, ends + stops, sources | {made_by[clip.recording_id]}
    print(f"{aligner.name}, against: {'; '.join(sorted(sources))}")
    print("| ms | count | p50 | p90 | p99 | most | mean, signed |\n|---|---|---|---|---|---|---|")
    print(described("onset", onsets))
    print(described("end", ends))
    return 0


if __name__ == "__main__":
    sys.exit(main())
