"""The command `harness runs`: the page over all runs of a reports folder."""

import json
from pathlib import Path

import click


@click.command("runs", short_help="Write the page of all runs: trends, any two side by side.")
@click.argument("reports", type=click.Path(path_type=Path), default=Path("reports"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def runs(reports: Path, *, as_json: bool) -> int:
    """Write REPORTS/index.html: all runs in the folder REPORTS, the trend of each rule, any two runs side by side."""
    from harness.errors import UsageError
    from harness.report.runs_page import write_runs_page

    if not reports.is_dir():
        raise UsageError(
            f"{reports}: there is no such folder. Name the one that --out named; it holds a folder for each run."
        )
    page = write_runs_page(reports)
    click.echo(json.dumps({"path": str(page)}) if as_json else str(page))
    return 0
