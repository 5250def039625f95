"""The commands `gate` and `approve`: from a scored run to an answer, and accepting what it says by name."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from harness.cli_completion import rules, run_directories
from harness.cli_shared import for_whoever_listens, output_options
from harness.errors import ConfigError
from harness.one_line import lines_of


@click.command(short_help="Judge a run; the exit code is the verdict.")
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path), shell_complete=run_directories)
@click.option(
    "--against",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Compare the candidate with that of this baseline file (drift), in place of RUN's own baseline.",
)
@click.option(
    "--approvals",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Accepted differences [default: gate.approvals of RUN's configuration].",
)
@output_options
def gate(
    run_dir: Path, against: Path | None, approvals: Path | None, *, as_json: bool, no_color: bool, **_options: Any
) -> int:
    """Judge RUN: verdict.json, junit.xml, summary.md; the exit code is the verdict.

    \b
    0 pass · 1 regression · 2 usage · 3 invalid run · 4 inconclusive
    130 interrupted
    """  # noqa: D301 - click wants the backspace itself
    from harness import pipeline
    from harness.rundir import RunDir

    folder = RunDir(run_dir)
    if against is None:
        verdict = pipeline.judge(folder, approvals)
        summary = folder.read_json("summary.json")
    elif approvals is not None:
        raise ConfigError(
            "--against and --approvals exclude each other: what has drifted is approved as a new baseline file."
        )
    else:
        summary, verdict = pipeline.judge_against(folder, against)
    with for_whoever_listens():
        print_verdict_of(summary, verdict, as_json=as_json, no_color=no_color)
        tell_github(folder.path / ("summary.md" if against is None else "summary-against.md"), verdict, err=as_json)
    return int(verdict["exit_code"])


@click.command(short_help="Accept a known difference by name, or a candidate as baseline.")
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path), shell_complete=run_directories)
@click.argument("names", metavar="[RULE]...", nargs=-1, shell_complete=rules)
@click.option("--reason", default="", help="Why.  [required for a RULE, or if RUN did not pass]")
@click.option("--author", default="", help="Who accepts it.  [required for a RULE, or if RUN did not pass]")
@click.option(
    "--until",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day on which it holds, as 2026-12-31.  [required for a RULE]",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Where to [default: gate.approvals of RUN's configuration: harness-approvals.toml beside it].",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what RUN's candidate did as a baseline file, for `gate --against`.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def approve(
    run_dir: Path,
    names: tuple[str, ...],
    *,
    reason: str,
    author: str,
    until: datetime | None,
    file: Path | None,
    baseline: Path | None,
    as_json: bool,
) -> int:
    """Accept what RUN found: differences by name (wer_abs, wer_abs[tag=noisy]), or the whole candidate as a baseline file.

    Commit the file that is written. `gate` shows an accepted difference with its number and lets the run pass, until the day
    named or until the difference grows beyond what was accepted.
    """
    from harness import pipeline
    from harness.rundir import RunDir

    folder = RunDir(run_dir)
    if baseline is not None:
        if names or until or file:
            raise ConfigError("--baseline takes the whole run: leave out rules, --until and --file, or --baseline.")
        sessions, verdict = pipeline.approve_baseline(folder, baseline, author=author, reason=reason)
        _warn_of_verdict(run_dir, verdict)
        size = baseline.stat().st_size
        _say(
            {"path": str(baseline), "sessions": sessions, "bytes": size},
            f"{baseline}: {sessions:,} sessions, {size / 1000:,.1f} kB. Commit it; compare with `harness gate RUN --against`.",
            as_json=as_json,
        )
        return 0
    needed = {
        "a rule, such as wer_abs, or --baseline FILE": names,
        "--reason TEXT (why)": reason.strip(),
        "--author NAME (who accepts it)": author.strip(),
        "--until DATE (the last day on which it holds)": until,
    }
    if until is None or not all(needed.values()):
        raise ConfigError(f"approve needs {'; '.join(what for what, given in needed.items() if not given)}.")
    path = _approve_names(folder, names, reason=reason, author=author, until=until.date(), file=file)
    approved = list(dict.fromkeys(names))
    _say(
        {"path": str(path), "approved": approved, "until": f"{until.date()}"},
        f"{os.path.relpath(path)}: {', '.join(approved)}, until {until.date()}. Commit it, then: harness gate {run_dir}",
        as_json=as_json,
    )
    return 0


def _warn_of_verdict(run_dir: Path, verdict: dict[str, Any]) -> None:
    """Drift is measured from a baseline: what is wrong with it is never seen again."""
    if verdict["verdict"] != "pass":
        failed = ", ".join(rule["rule"] for rule in verdict["rules"] if rule["verdict"] == "fail")
        told = f"{verdict['verdict']} ({failed})" if failed else verdict["verdict"]
        click.echo(
            f"harness: warning: the verdict on {run_dir} is {told}; compared with this baseline, a candidate that is no better "
            "passes.",
            err=True,
        )


def _say(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else lines_of(text))


def _approve_names(
    folder: Any, names: tuple[str, ...], *, reason: str, author: str, until: date, file: Path | None
) -> Path:
    from harness import pipeline
    from harness.approve.approvals_file import add_approvals
    from harness.approve.differences import approved_differences
    from harness.verdict.judge import SCHEMA

    document = folder.read_run()
    approvals = approved_differences(
        folder.read_json("verdict.json", SCHEMA),
        names,
        reason=reason,
        author=author,
        until=until,
        today=datetime.now(UTC).date(),
    )
    path = file or pipeline.approvals_file(folder, document)
    add_approvals(path, approvals)
    return path


def print_verdict_of(summary: dict[str, Any], verdict: dict[str, Any], *, as_json: bool, no_color: bool) -> None:
    """Print a verdict for people, or as JSON with the text on standard error."""
    from rich.console import Console

    from harness.report.terminal import print_verdict

    if as_json:
        click.echo(json.dumps(verdict, ensure_ascii=False))
    print_verdict(summary, verdict, Console(stderr=as_json, no_color=no_color or None, highlight=False, markup=False))


def tell_github(summary_file: Path, verdict: dict[str, Any], *, err: bool) -> None:
    """In a job of GitHub's: annotations among the output, and the summary on the page of the job."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from harness.report.annotations import annotations

        for line in annotations(verdict):
            click.echo(line, err=err)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        try:
            with Path(page).open("a", encoding="utf-8") as file:
                file.write(summary_file.read_text(encoding="utf-8") + "\n")
        except OSError as error:  # the verdict stands, whoever can't show it
            click.echo(f"harness: GITHUB_STEP_SUMMARY is {page}, which can't be written ({error}).", err=True)
