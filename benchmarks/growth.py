"""What a process, its children and the emulators hold, sample by sample, and how fast that grows. `soak.py` uses it.

Linux only: it reads /proc, by psutil.
"""

import csv
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
import psutil
from scipy import stats

SAMPLE_S = 5.0
WARM_UP = 0.1  # of the samples: heaps and caches are filled for the first time
MOST_GROWTH = {
    "rss_mb": 4.0,
    "uss_mb": 4.0,
    "pss_mb": 4.0,
    "threads": 1.0,
    "files": 1.0,
    "children": 0.0,
    "temporary": 1.0,
}
"""Over the time that was watched: megabytes, and numbers of the others."""


class Samples:
    """Rows of a file, one a process and instant: kept here, they would be what grows."""

    FIELDS = (
        "phase",
        "at_s",
        "role",
        "rss_mb",
        "uss_mb",
        "pss_mb",
        "threads",
        "files",
        "children",
        "temporary",
        "cpu_s",
    )

    def __init__(self, path: Path, server: int, temporary: Path) -> None:
        self._path, self._server, self._temporary = path, psutil.Process(server), temporary
        self._file = path.open("w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._file)
        self._rows.writerow(self.FIELDS)
        self._began_s = monotonic()

    def take(self, phase: str) -> None:
        """One more of every process."""
        me = psutil.Process()
        of_server = [self._server, *self._server.children(recursive=True)]
        workers = sorted(
            (each for each in me.children(recursive=True) if each not in of_server), key=lambda each: each.pid
        )
        named = [("coordinator", me), *((f"worker {number}", each) for number, each in enumerate(workers, start=1))]
        named += [
            ("emulators" if number == 0 else f"emulators' {number}", each) for number, each in enumerate(of_server)
        ]
        for role, process in named:
            try:
                memory, cpu = process.memory_full_info(), process.cpu_times()
                row = [memory.rss / 1e6, memory.uss / 1e6, memory.pss / 1e6, process.num_threads(), process.num_fds()]
            except psutil.NoSuchProcess:
                continue  # a run has just ended
            row += [len(process.children()), sum(1 for _ in self._temporary.rglob("*")), cpu.user + cpu.system]
            self._rows.writerow([phase, f"{monotonic() - self._began_s:.1f}", role, *(f"{value:.6g}" for value in row)])
        self._file.flush()

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """One every five seconds."""
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(SAMPLE_S):
                self.take(phase)

        watching = threading.Thread(target=go_on, name="samples")
        watching.start()
        try:
            yield
        finally:
            over.set()
            watching.join()

    def read(self, phase: str) -> dict[str, np.ndarray]:
        """What was seen of each role, a row an instant, in the order of `FIELDS` from `at_s` on, without `role`."""
        found: dict[str, list[list[float]]] = {}
        with self._path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["phase"] == phase:
                    values = [float(row[name]) for name in self.FIELDS if name not in {"phase", "role"}]
                    found.setdefault(row["role"], []).append(values)
        return {role: np.array(rows) for role, rows in found.items()}


def growth(samples: Samples, phase: str, *, judged: bool) -> list[str]:
    """Print what each process has and by how much that grows; returns what grew too much.

    The slope is that of Theil and Sen, the median of the slopes between all pairs of samples, after the warm-up.
    """
    print(f"{phase}\n{'':<14}{'':<10}{'level':>9}{'first':>9}{'last':>9}{'an hour':>10}{'of level':>10}{'grown':>9}")
    names = [name for name in Samples.FIELDS if name not in {"phase", "role"}]
    found = []
    for role, all_rows in samples.read(phase).items():
        rows = all_rows[round(WARM_UP * len(all_rows)) :]
        if len(rows) < 3:  # noqa: PLR2004 - no slope without
            continue
        at_h = rows[:, 0] / 3600
        span_h, tenth = at_h[-1] - at_h[0], max(1, len(rows) // 10)
        for name, most in MOST_GROWTH.items():
            values = rows[:, names.index(name)]
            slope, level = float(stats.theilslopes(values, at_h).slope), float(np.median(values))
            ends = [float(np.median(part)) for part in (values[:tenth], values[-tenth:])]
            grown = slope * span_h
            figures = (
                f"{level:>9.1f}{ends[0]:>9.1f}{ends[1]:>9.1f}{slope:>+10.2f}{slope / level if level else 0.0:>+10.2%}"
            )
            print(f"{role:<14}{name:<10}{figures}{grown:>+9.2f}")
            if judged and grown > most:
                found.append(f"{phase}: {role} grew by {grown:.2f} {name}, limit {most:g}")
        share = (rows[-1, -1] - rows[0, -1]) / (3600 * span_h)
        print(f"{role:<14}CPU       {share:>9.1%} of a core")
    return found
