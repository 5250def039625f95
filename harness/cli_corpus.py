"""Commands about corpora: `harness corpus check`, `show`, `import`, `align`, `degrade`, `redact` and `fetch`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli_completion import import_formats, optional_corpora
from harness.cli_shared import InOrder, clips_counted, for_whoever_listens, output_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.corpus.align import AlignReport
    from harness.corpus.degrade.corpus import DegradeReport
    from harness.corpus.fetch.catalogue import OptionalCorpus
    from harness.corpus.fetch.fetch import FetchReport
    from harness.corpus.importers.convert import ImportReport
    from harness.corpus.redact.copy import RedactReport

_NOTES_SHOWN = 20


@click.group(cls=InOrder, short_help="Check, import, degrade, redact and fetch corpora.")
def corpus() -> None:
    """Check, describe, import, align, degrade, redact and fetch corpora."""


@corpus.command("check", short_help="What a corpus holds, what is wrong in it, what it can prove.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file: its corpus, gate and passes.")
@click.option("--select", help="Only clips that match, e.g. 'tag=noisy,lang=es'.")
@click.option("--listen", is_flag=True, help="Decode every clip and compare it with its references; takes a while.")
@output_options
def corpus_check(
    folder: Path | None,
    config: Path | None,
    select: str | None,
    *,
    listen: bool,
    as_json: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    """Say what a corpus holds, what is wrong or doubtful in it, and what it can prove; exits 2 if it can't be replayed."""
    from rich.console import Console

    from harness.config import load_config
    from harness.corpus_check.check import check_corpus
    from harness.corpus_check.table import print_check
    from harness.planning import gate_settings

    settings = load_config(config).config
    with clips_counted(quiet=quiet or not listen) as on_clip:
        found = check_corpus(
            _corpus_folder(folder, config),
            select=select,
            listen=listen,
            gate=gate_settings(settings),
            passes=settings.replay.passes,
            rewrites=settings.score.rewrite_pairs,
            on_clip=on_clip,
        )
    with for_whoever_listens():
        if as_json:
            sys.stdout.writelines(found.as_json())
        else:
            print_check(found, Console(no_color=no_color or None, highlight=False, markup=False))
    return 2 if found.errors else 0


@corpus.command("show", short_help="Describe clips: waveform, segments, words.")
@click.argument("ids", metavar="CLIP...", nargs=-1, required=True)
@click.option("--corpus", "folder", type=click.Path(path_type=Path), help="Corpus folder.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file that names the corpus.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def corpus_show(ids: tuple[str, ...], folder: Path | None, config: Path | None, *, as_json: bool) -> int:
    """Describe clips: waveform, segments, words, and all that the manifest says of them."""
    from harness.corpus.show import describe, find_clips

    path = _corpus_folder(folder, config)
    found = find_clips(path, ids)
    with for_whoever_listens():
        if as_json:
            document = {"path": str(path), "clips": [shown.as_dict() for shown in found]}
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            click.echo("\n".join(describe(shown, path) for shown in found), nl=False)
    return 0


def _corpus_folder(folder: Path | None, config: Path | None) -> Path:
    """The folder named, else the configuration's; a manifest named by its file stands for its folder."""
    from harness.config import load_config

    path = folder if folder is not None else load_config(config).corpus_path
    return path.parent if path.name == "manifest.jsonl" and path.is_file() else path


@corpus.command("import", short_help="Make a corpus of recordings in another format.")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    shell_complete=import_formats,
    help="What SOURCE is; guessed if left out.",
)
@click.option("--language", metavar="TAG", help="Language of recordings for which SOURCE names none, as en or pt-BR.")
@click.option("--link", is_flag=True, help="Link audio files instead of copying them.")
@click.option("--follow-links", is_flag=True, help="Take files that links in SOURCE name outside of it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def import_command(source: Path, destination: Path, *, as_json: bool, **options: Any) -> int:
    """Make a corpus in the folder DESTINATION from SOURCE, a folder or file of another format.

    \b
    Formats: nemo, huggingface, common-voice, kaldi, librispeech, stm (with rttm
    and ctm), lhotse, label-studio, audacity, text (audio with .txt beside it),
    audio (alone). docs/corpora.md says what becomes of what.
    """  # noqa: D301 - click wants the backspace itself
    from harness.corpus.importers.convert import import_corpus

    report = import_corpus(source, destination, **options)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _described(report))
    return 0


@corpus.command("align", short_help="Add word times to recordings that have texts.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--lexicon", type=click.Path(path_type=Path), help="Pronunciations of words the aligner doesn't know.")
@click.option("--again", is_flag=True, help="Replace word times that an aligner made; a human's never are.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def align_command(folder: Path, lexicon: Path | None, *, again: bool, as_json: bool) -> int:
    """Add word times to the English recordings of a corpus that have texts but none, by forced alignment.

    Needs the extra `align`. The manifest is changed in place; words get a confidence, and words_source says who timed them.
    """
    from harness.corpus.align import align_corpus

    report = align_corpus(folder, lexicon=lexicon, again=again)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _aligned(report))
    return 0


@corpus.command("degrade", short_help="Copy a corpus by telephone, in noise, with packet loss.")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--with", "specs", multiple=True, metavar="SPEC", help="What to do to each recording; repeatable: a copy each."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same one gives the same copies."
)
@click.option("--select", help="Only recordings that match, e.g. 'lang=en'.")
@click.option("--keep-originals", is_flag=True, help="Put the originals beside their copies, tagged degradation=none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def degrade_command(
    source: Path,
    destination: Path,
    specs: tuple[str, ...],
    seed: int,
    select: str | None,
    *,
    keep_originals: bool,
    as_json: bool,
) -> int:
    """Make a corpus in the folder DESTINATION of degraded copies of the recordings in the corpus SOURCE.

    \b
    telephone[:codec=mulaw|alaw|pcm]
    noise:snr_db=10[,kind=white|pink|babble]
    loss:loss_pct=5[,burst_packets=4][,conceal=silence|repeat]
    clipping:drive_db=12      speed:factor=1.1      silence:lead_s=10
    reverb:rt60_s=0.6[,drr_db=0]
    hold:length_s=20[,where=before|pause][,level_dbov=-26]
    Steps joined by + are one copy: noise:snr_db=10+telephone.

    Reference times move with the audio; a copy belongs to the call of its original. docs/corpora.md says what each does.
    """  # noqa: D301 - click wants the backspace itself
    from harness.corpus.degrade.corpus import degrade_corpus

    report = degrade_corpus(source, destination, specs, seed=seed, keep_originals=keep_originals, select=select)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _degraded(report))
    return 0


def _degraded(report: "DegradeReport") -> str:
    copies = report.recordings * len(report.variants)
    counts = f"{copies} copies of {report.recordings} recordings, {report.audio_s / 60:.1f} min"
    kept = f", and {report.originals} originals" if report.originals else ""
    tags = [f"tag: degradation={variant}" for variant in report.variants]
    why = "have their hold music in front: there is no pause of 0.3 s to put it into"
    notes = [f"note: {report.without_pause} copies {why}"] if report.without_pause else []
    return "\n".join([f"{report.path}: {counts}{kept}", *tags, *notes, f"Next: harness corpus check {report.path}"])


@corpus.command("redact", short_help="Copy a corpus without some of what was said.")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--spans", type=click.Path(path_type=Path), help="CSV, TSV or JSONL file: id, start, end, channel, label, text."
)
@click.option(
    "--words", multiple=True, metavar="PATTERN", help="Words with times, as 'john smith' or 'acc*'; repeatable."
)
@click.option(
    "--entities", multiple=True, metavar="CLASS", help="Entities of the manifest, by their class; repeatable."
)
@click.option(
    "--with",
    "fill",
    type=click.Choice(["beep", "silence"]),
    default="beep",
    show_default=True,
    help="What is heard in its place.",
)
@click.option(
    "--margin", "margin_s", type=float, default=0.05, show_default=True, help="Seconds around words and entities."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def redact_command(source: Path, destination: Path, *, as_json: bool, **wish: Any) -> int:
    """Copy the corpus SOURCE to the new folder DESTINATION without some of what was said, in audio and references.

    Only what the manifest names is copied. Where it is unknown which words of a text were said in a span, nothing is written and
    the text is named.
    """
    from harness.corpus.redact.copy import Wish, redact_corpus

    report = redact_corpus(source, destination, Wish(**wish))
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _redacted(report))
    return 0


@corpus.command("fetch", short_help="Fetch a larger corpus from the packages that carry it.")
@click.argument("name", required=False, shell_complete=optional_corpora)
@click.argument("destination", type=click.Path(path_type=Path), required=False)
@click.option("--any-version", is_flag=True, help="Take the version that is to be had, without its hash being known.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def fetch_command(name: str | None, destination: Path | None, *, any_version: bool, as_json: bool) -> int:
    """Fetch the optional corpus NAME from the packages that carry it, into DESTINATION (corpora/NAME); alone: list them.

    Needs apt, but neither root nor an installation: packages are downloaded from where apt is set up to, checked and unpacked.
    """
    from harness.corpus.fetch.catalogue import CATALOGUE, named
    from harness.corpus.fetch.fetch import fetch_corpus

    if name is None:
        listed = {"corpora": [asdict(one) for one in CATALOGUE]}
        click.echo(json.dumps(listed) if as_json else _catalogue(CATALOGUE))
        return 0
    report = fetch_corpus(named(name), destination or Path("corpora", name), any_version=any_version)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _fetched(report))
    return 0


def _catalogue(corpora: "Iterable[OptionalCorpus]") -> str:
    rows = [
        f"{one.name:<14}{one.language:<8}{one.size_bytes / 1e6:>5.1f} MB{one.recordings:>6} prompts{one.minutes:>6.1f} min"
        f"   {one.licence:<14} {one.author}"
        for one in corpora
    ]
    return "\n".join(
        [*rows, "Recorded telephone prompts at 8 kHz, in Debian packages. Next: harness corpus fetch NAME"]
    )


def _fetched(report: "FetchReport") -> str:
    counts = f"{report.recordings} recordings, {report.audio_s / 60:.1f} min of audio from {', '.join(report.packages)}"
    notes = [f"note: {note}" for note in report.notes]
    licence = f"licence: {report.licence}, {report.author}; {report.path / 'LICENCE.txt'} has its text"
    return "\n".join([f"{report.path}: {counts}", licence, *notes, f"Next: harness corpus check {report.path}"])


def _redacted(report: "RedactReport") -> str:
    counts = f"{report.spans} spans and {report.words} words removed from {report.redacted} of {report.recordings} recordings"
    notes = [f"note: {note}" for note in report.notes]
    return "\n".join([f"{report.path}: {counts}", *notes, f"Next: harness corpus check {report.path} --listen"])


def _aligned(report: "AlignReport") -> str:
    counts = f"{report.words} words of {report.aligned} recordings were timed"
    skipped = [f"skipped {name}: {why}" for name, why in list(report.skipped.items())[:_NOTES_SHOWN]]
    if len(report.skipped) > _NOTES_SHOWN:
        skipped.append(f"... and {len(report.skipped) - _NOTES_SHOWN} more; --json lists all")
    return "\n".join([f"{report.path}: {counts}; {report.kept} had word times already", *skipped])


def _described(report: "ImportReport") -> str:
    from harness.report.numbers import plural

    guessed = f"format: {report.format} (guessed: {report.why})" if report.why else f"format: {report.format}"
    counts = ", ".join(
        [
            plural(report.recordings, "recording"),
            plural(report.segments, "segment"),
            plural(report.words, "timed word"),
        ]
    )
    notes = [f"note: {note}" for note in report.notes[:_NOTES_SHOWN]]
    if len(report.notes) > _NOTES_SHOWN:
        notes.append(f"... and {len(report.notes) - _NOTES_SHOWN} more; --json lists all")
    lines = [guessed, f"{report.path}: {counts}, {report.audio_s / 60:.1f} min of audio", *notes]
    return "\n".join([*lines, f"Next: harness corpus check {report.path}"])
