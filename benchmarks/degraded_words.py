"""What does each degradation do to the words? Degrades some clips of a corpus and lets the emulators' recogniser hear them.

    python benchmarks/degraded_words.py [CLIPS] [CORPUS]

The first CLIPS clips (12 by default) of CORPUS (the demo) are recognised as they are and with each degradation, by the code that
serves streams, with 0.5 s of silence to end a segment. Prints a table: word errors after Whisper's normaliser, pooled over all
clips. Needs the extra `recogniser`.
"""

import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import jiwer

from harness.audio.prepare import prepare_file
from harness.corpus.degrade.corpus import degrade_corpus
from harness.corpus.manifest import load_corpus
from harness.corpus.model import Clip
from harness.emulators.recogniser import Decoder, load_decoder, recognise_offline
from harness.emulators.recognition import EndpointRules, WireFormat
from harness.metrics.normalize import primary

DEMO = Path(__file__).parents[1] / "corpora" / "demo"
RATE_HZ = 16000
RULES = EndpointRules(vad_threshold=0.5, min_silence_ms=500, max_silence_ms=500, max_segment_ms=15000)
SPECS = (
    "telephone",
    "noise:snr_db=20",
    "noise:snr_db=10",
    "noise:snr_db=0",
    "noise:snr_db=10,kind=pink",
    "noise:snr_db=10,kind=babble",
    "loss:loss_pct=10",
    "loss:loss_pct=10,conceal=repeat",
    "loss:loss_pct=10,burst_packets=4",
    "clipping:drive_db=12",
    "speed:factor=1.25",
    "reverb:rt60_s=0.6",
    "silence:lead_s=10",
    "hold:length_s=10",
    "noise:snr_db=10,kind=babble+telephone+loss:loss_pct=5,burst_packets=3,conceal=repeat",
)


def normalised(text: str) -> str:
    """The words that are compared."""
    return " ".join(primary().tokens(text, "en"))


def recognised(folder: Path, clip: Clip, decoder: Decoder) -> str:
    """What the recogniser understands, with 3 s of silence behind the clip, as in a replay."""
    audio = prepare_file(
        folder / clip.audio_filepath,
        (clip.channel,),
        encoding="pcm_s16le",
        sample_rate_hz=RATE_HZ,
        chunk_ms=100,
        trailing_silence_s=3.0,
    )
    audio.file.seek(0)
    finals = recognise_offline(audio.file.read(), WireFormat("PCM_16", RATE_HZ), RULES, decoder=decoder)
    audio.close()
    return " ".join(final.text for final in finals)


def main(clips: int, corpus: Path) -> int:
    """Degrade, recognise, print."""
    decoder = load_decoder()
    first = load_corpus(corpus, limit=clips)
    with tempfile.TemporaryDirectory() as name:
        degrade_corpus(corpus, Path(name) / "degraded", SPECS, keep_originals=True)
        wanted = tuple(f"{clip.recording_id}." for clip in first.clips)
        pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for clip in load_corpus(Path(name) / "degraded").clips:
            if f"{clip.recording_id}.".startswith(wanted):
                label = next(tag.partition("=")[2] for tag in clip.tags if tag.startswith("degradation="))
                heard = recognised(Path(name) / "degraded", clip, decoder)
                pairs[label].append((normalised(clip.text or ""), normalised(heard)))
    print(f"{len(first.clips)} clips, {first.audio_s:.0f} s")
    print("| degradation | words | errors | substituted | left out | added | WER |\n|---|---|---|---|---|---|---|")
    for label, texts in pairs.items():
        counts: Counter[str] = Counter()
        for reference, heard in texts:
            found = jiwer.process_words(reference, heard)
            counts.update(s=found.substitutions, d=found.deletions, i=found.insertions, n=len(reference.split()))
        errors = counts["s"] + counts["d"] + counts["i"]
        print(
            f"| {label} | {counts['n']} | {errors} | {counts['s']} | {counts['d']} | {counts['i']} | {errors / counts['n']:.1%} |"
        )
    return 0


if __name__ == "__main__":
    wanted_clips = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    sys.exit(main(wanted_clips, Path(next(iter(sys.argv[2:]), DEMO))))
