"""`harness calibrate`, and the warning of whoever records more than the machine was calibrated for."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli_shared import for_whoever_listens, output_options, progress_shown, stoppable
from harness.errors import ConfigError, HarnessError, InvalidRunError

if TYPE_CHECKING:
    from harness.calibration.measure import Calibration
    from harness.calibration.settings import Settings
    from harness.config import Config


class Numbers(click.ParamType[tuple[int | float, ...]]):
    """One number, or several joined by commas."""

    def __init__(self, kind: Callable[[str], int | float]) -> None:
        self.name = "numbers"
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int | float, ...]:
        """The numbers in order."""
        try:
            return tuple(self._kind(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of numbers; write 8, or 1,8,16.", param, ctx)


@click.command(short_help="Measure the harness itself against known truth.")
@click.option("--pairs", type=Numbers(int), metavar="N[,N..]", help="Pairs at once [default: 2].")
@click.option("--seconds", type=float, default=20.0, show_default=True, help="Length of each clip.")
@click.option(
    "--chunk-ms", type=Numbers(float), default="100", show_default=True, metavar="C[,C..]", help="50 to 1000."
)
@click.option(
    "--message-words",
    type=Numbers(int),
    default="12",
    show_default=True,
    metavar="W[,W..]",
    help="Words of an utterance.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes they are spread over.")
@click.option("--find-limit", is_flag=True, help="Find and remember how many pairs this machine carries.")
@click.option(
    "--no-bare", is_flag=True, help="Do not play it again with the SDKs alone; leaves out the engine's share."
)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page of it all.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Keep corpora, scenarios and runs here.")
@output_options
def calibrate(html: Path | None, find_limit: bool, as_json: bool, no_color: bool, **options: Any) -> int:
    """Measure the harness itself: scripted services on loopback, whose every word and instant is known.

    \b
    harness calibrate --pairs 1,8,16 --message-words 12,40
    harness calibrate --find-limit   # `compare`, `record` warn beyond it
    """  # noqa: D301 - click wants the backspace itself
    from harness.calibration.page import check_writable, write_page

    if html is not None:
        check_writable(html)  # found out now, not after minutes
    document, found = (_search if find_limit else _measure)(options)
    if html is not None:
        write_page(found, html)
    with for_whoever_listens():
        _print(document, found, as_json=as_json, no_color=no_color)
        if html is not None:
            click.echo(f"Page: {html}", err=as_json)
    return 0


def warn_above_calibration(config: "Config") -> None:
    """Say on stderr if more pairs are wanted than this machine was calibrated for; silent if it never was."""
    from harness.calibration.host import this_host
    from harness.calibration.store import remembered_pairs

    try:
        known = remembered_pairs(this_host(config.replay.workers))
    except ConfigError as error:
        click.echo(f"harness: {error}", err=True)
        return
    if known is not None and config.replay.pairs > known:
        click.echo(
            f"harness: {config.replay.pairs} pairs at once, but this machine is calibrated for {known}: latencies may be the "
            "machine's own. Take fewer --pairs, or run `harness calibrate --find-limit` again.",
            err=True,
        )


def _measure(options: dict[str, Any]) -> tuple[dict[str, Any], list["Calibration"]]:
    """One object for one calibration, else all of them in `runs`."""
    from harness.calibration.material import material_of
    from harness.calibration.measure import SCHEMA
    from harness.calibration.settings import grid

    settings = grid(
        options["pairs"] or (2,),
        options["chunk_ms"],
        options["message_words"],
        seconds=options["seconds"],
        workers=options["workers"],
    )
    for each in settings:
        material_of(each)  # what is impossible is refused before anything is played
    with _playing(options, bare=not options["no_bare"]) as play:
        found = [play(each) for each in settings]
    documents = [each.document for each in found]
    return documents[0] if len(documents) == 1 else {"schema": SCHEMA, "runs": documents}, found


def _search(options: dict[str, Any]) -> tuple[dict[str, Any], list["Calibration"]]:
    """The largest number of pairs that keeps the limits, remembered; `runs` are all that were tried."""
    from harness.calibration.host import Host, this_host
    from harness.calibration.measure import SCHEMA
    from harness.calibration.search import find_limit
    from harness.calibration.settings import Settings
    from harness.calibration.store import remember, remembered_pairs

    remembered_pairs(this_host(options["workers"]))  # a damaged file is found out now
    if options["pairs"] is not None or len(options["chunk_ms"]) > 1 or len(options["message_words"]) > 1:
        raise ConfigError(
            "--find-limit finds the number of pairs for one --chunk-ms and one --message-words. Leave --pairs and further "
            "values out."
        )
    conditions = {
        "seconds": options["seconds"],
        "chunk_ms": options["chunk_ms"][0],
        "message_words": options["message_words"][0],
    }
    found: list[Calibration] = []

    def holds(pairs: int) -> bool:
        if not options["quiet"]:
            click.echo(f"trying {pairs} {'pair' if pairs == 1 else 'pairs'} …", err=True)
        found.append(play(Settings(pairs, **conditions, workers=options["workers"])))
        return not found[-1].document["broken_limits"]

    with _playing(options, bare=False) as play:
        limit = find_limit(holds)
    if not limit.pairs:
        raise InvalidRunError(
            f"Not even one pair keeps the limits: {'; '.join(found[-1].document['broken_limits'])}. Something else is keeping this "
            "machine busy; nothing was remembered. Try again when it is quiet."
        )
    path = remember(Host(**found[-1].document["host"]), limit.pairs, conditions)
    click.echo(f"This machine carries {limit.pairs} pairs at once; remembered in {path}", err=True)
    documents = [each.document for each in found]
    return {"schema": SCHEMA, "limit": {"pairs": limit.pairs, "too_many": limit.too_many}, "runs": documents}, found


@contextmanager
def _playing(options: dict[str, Any], *, bare: bool) -> Iterator[Callable[["Settings"], "Calibration"]]:
    """A function that plays one calibration, until it is stopped."""
    from harness.calibration.measure import calibrate as measure

    with stoppable() as stop, progress_shown(quiet=options["quiet"]) as on_progress:

        def play(settings: "Settings") -> "Calibration":
            with _folder(options["out"], settings) as folder:
                return measure(settings, folder, bare=bare, on_progress=on_progress, stop=stop)

        try:
            yield play
        except HarnessError:
            if stop.is_set():  # there is nothing to resume
                raise click.Abort from None
            raise


@contextmanager
def _folder(out: Path | None, settings: "Settings") -> Iterator[Path]:
    """Where one calibration is played: kept in `out`, if that is wished for."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="harness-calibrate-") as name:
            yield Path(name)
        return
    folder = out / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{settings.name}"
    folder.mkdir(parents=True)
    yield folder


def _print(document: dict[str, Any], found: list["Calibration"], *, as_json: bool, no_color: bool) -> None:
    from rich.console import Console

    from harness.calibration.terminal import print_calibrations

    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    console = Console(stderr=as_json, no_color=no_color or None, highlight=False, markup=False)
    print_calibrations([each.document for each in found], console)
