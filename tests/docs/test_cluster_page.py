"""What docs/cluster.md shows on one machine is what happens, and its arithmetic is right."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.rundir import RunDir

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
_MOST_S = 150.0


@pytest.mark.slow
@pytest.mark.recogniser
def test_the_example_plays_on_two_workers(tmp_path: Path):
    """As it stands, but for the port and the folder of the reports: all pairs are there."""
    [example] = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    script = example.replace("8786", port) + f" --out {tmp_path}"
    script = script.replace(" &\n", f" --no-dashboard >>{tmp_path}/log 2>&1 &\n").replace("\n --out", " --out")
    commands = Path(sys.executable).parent
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "DASK_TEMPORARY_DIRECTORY": str(tmp_path)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    below: list[psutil.Process] = []
    try:
        deadline = time.monotonic() + _MOST_S
        while process.poll() is None and time.monotonic() < deadline:
            below = psutil.Process(process.pid).children(recursive=True) or below
            time.sleep(0.2)
        folder = RunDir(tmp_path / "spread")
        assert (process.returncode, folder.read_run()["state"]) == (0, "recorded"), (tmp_path / "log").read_text()
        assert folder.tally()["baseline"] == folder.tally()["candidate"] == 4
        assert folder.read_run()["provenance"]["cluster"][0]["workers"] == 2
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        for child in below:
            if child.is_running():
                child.kill()
        process.wait()


PAIRS, SESSION_S, PAIRS_A_MACHINE = 60_000, 605, 32


@pytest.mark.parametrize("row", re.findall(r"^\| ([\d,]+) \|(.*)\|$", TEXT, re.MULTILINE))
def test_the_plan_on_paper_adds_up(row: tuple[str, str]):
    """Hours, new sessions a minute and machines follow from the sessions that are allowed at once."""
    at_once = int(row[0].replace(",", ""))
    time_cell, starts_cell, machines_cell = (cell.strip() for cell in row[1].split("|"))
    hours = PAIRS * SESSION_S / at_once / 3600

    assert float(re.search(r"([\d.]+) h", time_cell)[1]) == pytest.approx(hours, rel=0.005)
    if days := re.search(r"([\d.]+) days", time_cell):
        assert float(days[1]) == pytest.approx(hours / 24, abs=0.05)
    assert int(starts_cell.split()[-1]) == round(at_once * 60 / SESSION_S)
    assert int(machines_cell.split()[-1]) == -(-at_once // PAIRS_A_MACHINE)


def test_the_costs_on_paper_add_up():
    """Hours times price; 5 s and 3 s a session beyond the audio."""
    rows = re.findall(
        r"^\| (?:AssemblyAI|Gladia),.*?([\d,]+) \| (?:from )?([\d.]+) \$ \| \**([\d,]+) \$", TEXT, re.MULTILINE
    )
    numbers = [tuple(float(cell.replace(",", "")) for cell in row) for row in rows]

    assert len(numbers) == 4
    for hours, price, cost in numbers:
        assert hours in (round(PAIRS * 605 / 3600), round(PAIRS * 603 / 3600))
        assert cost == pytest.approx(hours * price, abs=1.0)
