"""The command `harness export`: a run in the formats of others' tools."""

import json
from pathlib import Path

import click

from harness.cli_completion import run_directories

FORMAT_NAMES = ("ctm", "stm", "seglst", "srt", "vtt", "trace")


@click.command("export", short_help="Write a run as CTM, STM, SegLST, subtitles or a trace.")
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path), shell_complete=run_directories)
@click.option("--format", "formats", type=click.Choice(FORMAT_NAMES), multiple=True, required=True, help="Repeatable.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to; made if missing.")
@click.option("--normalized", is_flag=True, help="Words as the error rate counts them (ctm, stm, seglst).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export(run_dir: Path, formats: tuple[str, ...], out: Path, *, normalized: bool, as_json: bool) -> int:
    """Write what RUN recorded, and its reference, in formats that others' tools read.

    \b
    ctm, stm, seglst   sclite, MeetEval: a file a side and pass
    srt, vtt           players: a file a clip, side and pass
    trace              Perfetto, chrome://tracing: a file a pair
    """  # noqa: D301 - click wants the backspace itself
    from harness import pipeline
    from harness.rundir import RunDir

    written = pipeline.export(RunDir(run_dir), dict.fromkeys(formats), out, normalized=normalized)
    if as_json:
        files = {name: [str(path.relative_to(out)) for path in paths] for name, paths in written.items()}
        click.echo(json.dumps({"path": str(out), "files": files}, ensure_ascii=False))
    else:
        for name, paths in written.items():
            click.echo(f"{name}: {len(paths)} {'file' if len(paths) == 1 else 'files'} in {out}")
    return 0
