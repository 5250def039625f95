"""The command `harness translate`: AssemblyAI parameters, in any form, to a Gladia configuration."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli_code import scan_code
from harness.cli_shared import for_whoever_listens, output_options
from harness.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from harness.translation.endpointing import Variant
    from harness.translation.result import Result

_LARGEST_BYTES = 4 << 20
_LOST = 1


@click.command("translate", short_help="AssemblyAI parameters, or code that uses it, for Gladia.")
@click.argument("source", metavar="[FILE|-]", required=False)
@click.option(
    "--variant",
    type=click.Choice(["latency", "segmentation"]),
    default="latency",
    show_default=True,
    help="Which of AssemblyAI's two silences becomes endpointing: min_turn_silence or max_turn_silence.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["toml", "json"]),
    default="toml",
    show_default=True,
    help="toml: a harness.toml that compares both sides; json: Gladia's configuration alone, as its API takes it.",
)
@click.option("--out", metavar="NEW", type=click.Path(path_type=Path), help="Write the configuration to this new file.")
@click.option(
    "--strict",
    is_flag=True,
    help="Exit 1 if anything that is asked for is lost or not known; --code: at a trap, or a file that was not read.",
)
@click.option(
    "--code",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Instead of parameters: find every use of both SDKs in this source code, and what it becomes.",
)
@click.option("--sarif", metavar="FILE", type=click.Path(path_type=Path), help="With --code: also write SARIF 2.1.0.")
@output_options
def translate(
    source: str | None,
    variant: "Variant",
    form: str,
    out: Path | None,
    *,
    strict: bool,
    code: Path | None,
    sarif: Path | None,
    as_json: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    """Translate AssemblyAI streaming parameters for Gladia; says what is exact, approximate or lost, and what to measure.

    FILE, or - for standard input, holds the parameters as JSON, as TOML (also a harness.toml), as the Python code that sets them
    (nothing of it is executed), or as a WebSocket URL or its query. The configuration goes to standard output, the table to
    standard error.

    \b
    harness translate app.py > harness.toml
    harness translate app.py --variant segmentation --format json
    harness translate - <<< '{"sample_rate": 16000, "max_turn_silence": 2400}'
    harness translate --code src --sarif migration.sarif

    --code reads Python, TypeScript, JavaScript and notebooks below DIR and changes nothing: it prints each use of AssemblyAI's SDK
    with its counterpart, and the traps of both SDKs, by file and line. TypeScript and JavaScript need the extra `code`.

    Exits 0 once translated, also if fields have no counterpart; with --strict 1 then; 2 if it is not understood.
    """  # noqa: D301 - click wants the backspace itself
    from harness.translation.result import translate_text

    if code is not None:
        if source is not None or out is not None:
            raise UsageError("--code looks at source code: leave FILE and --out away, or --code.")
        return scan_code(code, sarif, strict=strict, as_json=as_json, quiet=quiet, no_color=no_color)
    if sarif is not None:
        raise UsageError("--sarif writes what --code DIR found: name the folder with your source code by --code.")
    text, name = _read(source)
    result = translate_text(text, name)
    _tell(result, variant, form, out, as_json=as_json, quiet=quiet, no_color=no_color)
    return _LOST if strict and result.has_losses else 0


def _read(source: str | None) -> tuple[str, str]:
    """The text and what to call it."""
    if source is None:
        raise UsageError(
            "translate needs a FILE with AssemblyAI's parameters, or - for standard input. See `harness translate --help`."
        )
    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            content = sys.stdin.buffer.read(_LARGEST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file. Name an existing one, or - for standard input.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: can't be read ({error}). Name another file.") from None
    if len(content) > _LARGEST_BYTES:
        raise ConfigError(f"{name}: it is larger than {_LARGEST_BYTES >> 20} MiB. Give the parameters alone.")
    try:
        return content.decode("utf-8"), name
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: it is no text in UTF-8 ({error}). Name another file.") from None


def _tell(
    result: "Result", variant: "Variant", form: str, out: Path | None, *, as_json: bool, quiet: bool, no_color: bool
) -> None:
    from rich.console import Console

    from harness.translation import writing
    from harness.translation.table import print_translation

    configuration = (writing.as_toml if form == "toml" else writing.as_json)(result, variant)
    if out is not None:
        _write(out, configuration)
    with for_whoever_listens():
        if not quiet:
            print_translation(
                result, variant, Console(stderr=True, no_color=no_color or None, highlight=False, markup=False)
            )
        if as_json:
            click.echo(json.dumps(writing.as_document(result), ensure_ascii=False))
        elif out is None:
            click.echo(configuration, nl=False)
        else:
            click.echo(out)


def _write(path: Path, text: str) -> None:
    from harness.atomic import write_text_atomically

    if path.exists():
        raise ConfigError(f"{path}: it exists already, and may hold more than this. Name a new file, or remove it.")
    try:
        write_text_atomically(path, text)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error}). Name another file.") from None
