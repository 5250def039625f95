"""Readers of corpora as functions of bytes: manifests, other formats, audio, and what the command line says about them."""

from contextlib import suppress

from bundles import scratch, unpacked

from harness.audio.prepare import prepare_file
from harness.audio.read import probe, read_blocks, read_mulaw
from harness.audio.redact import redact_audio, redacted_suffix
from harness.corpus.activity_cache import _read as read_remembered
from harness.corpus.align import _stretches
from harness.corpus.consent import as_allowed_now
from harness.corpus.degrade.corpus import _lines as read_for_degrading
from harness.corpus.degrade.spec import parse_variant
from harness.corpus.importers.convert import import_corpus
from harness.corpus.manifest import MANIFEST, survey_corpus
from harness.corpus.redact.copy import Wish, redact_corpus
from harness.corpus.redact.lines import read_lines
from harness.corpus.selection import parse_selection
from harness.errors import HarnessError
from harness.sweeps.variants import parse_axis, variants_of, with_setting

_LONGEST_S = 60.0  # of audio that is prepared: a header may claim eight hours in a few bytes


def manifest(data: bytes) -> None:
    """A manifest, by all commands that read one; who takes it must not be refuted by the others."""
    with unpacked(data, MANIFEST) as folder:
        survey = survey_corpus(folder)
        clips = as_allowed_now(survey.clips, folder)
        if any(problem.severity == "error" for problem in survey.problems):
            [str(problem).encode() for problem in survey.problems]
            return
        lines = read_lines(folder)
        written, _ = read_for_degrading(folder, None)
        assert len(lines) == len(written) == survey.recordings
        assert len(clips) == len(survey.clips) > 0
        [list(_stretches(line.recording)) for line in lines]


def importing(format_name: str, data: bytes) -> None:
    """A source in another format; what is imported has to be a corpus without errors."""
    with unpacked(data, "first") as source, scratch() as beside:
        import_corpus(source, beside / "made", format_name=format_name, language="en")
        errors = [problem for problem in survey_corpus(beside / "made").problems if problem.severity == "error"]
        assert not errors, errors


def guessing(data: bytes) -> None:
    """A source in whatever format it may be."""
    with unpacked(data, "first") as source, scratch() as beside:
        import_corpus(source, beside / "made")


def spans(data: bytes) -> None:
    """A file of stretches to redact, and words that are to go."""
    with unpacked(data, MANIFEST) as source, scratch() as beside:
        files = sorted(path for path in source.iterdir() if path.name.startswith("spans."))
        words = source / "words"
        patterns = tuple(words.read_bytes().decode("utf-8", "surrogateescape").splitlines()) if words.is_file() else ()
        redact_corpus(source, beside / "made", Wish(files[0] if files else None, patterns, ("name",)))


def audio(data: bytes) -> None:
    """An audio file: its header, its samples, and the copy without a part of it."""
    with scratch() as folder:
        path = folder / "a"
        path.write_bytes(data)
        info = probe(path)
        assert info.frames > 0 < info.sample_rate_hz
        counted = sum(len(block) for block in read_blocks(path, range(info.channels)))
        assert counted == info.frames
        if info.subtype == "ULAW":
            assert counted == sum(len(block) for block in read_mulaw(path, (0,)))
        if info.duration_s <= _LONGEST_S:
            wish = {"encoding": "pcm_mulaw", "sample_rate_hz": 8000, "chunk_ms": 100.0, "trailing_silence_s": 2.0}
            prepare_file(path, (info.channels - 1,), **wish).close()
        copy = folder / f"copy{redacted_suffix(path, info)}"
        try:
            redact_audio(path, copy, {0: [(0.0, info.duration_s / 2)]})
        except HarnessError:
            return
        assert probe(copy).frames == info.frames


def remembered(data: bytes) -> None:
    """An entry of the cache of speech: damage is no error."""
    with scratch() as folder:
        path = folder / "entry.json"
        path.write_bytes(data)
        read_remembered(path, {"audio_sha256": "0", "channel": 0, "settings": {}})


def options(data: bytes) -> None:
    """What `--select`, `--with` and `--sweep` say, a line each."""
    for line in data.decode("utf-8", "surrogateescape").split("\n"):  # as Python decodes arguments
        kind, _, value = line.partition(" ")
        with suppress(HarnessError):
            if kind in _OPTIONS:
                _OPTIONS[kind](value)


def _sweep(value: str) -> None:
    axis = parse_axis(value)
    variants = variants_of([axis])
    names = {variant.run_id("s") for variant in variants}
    assert len(names) == len(variants)
    [name.encode() for name in names]
    [with_setting({}, axis.name, each) for each in axis.values]


_OPTIONS = {
    "select": lambda value: parse_selection(value).check_tag_keys(["band"]),
    "with": lambda value: parse_variant(value).label,
    "sweep": _sweep,
}
