"""A finished sweep as values: what `harness.sweep` returns."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.results.run import Run
from harness.rundir import RunDir

SCHEMA = "harness.sweep/1"


@dataclass(frozen=True)
class Sweep:
    """Several candidates compared with one baseline.

    Attributes:
        path: The baseline's run directory, which holds `sweep.json` and `sweep.html`.
    """

    path: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        """`sweep.json`.

        Raises:
            RunError: The directory holds none, or one of another schema.
        """
        return RunDir(self.path).read_json("sweep.json", SCHEMA)

    @property
    def answer(self) -> str:
        """Which candidate is best, in a sentence or two."""
        return str(self.document["answer"])

    @property
    def verdict(self) -> str:
        """The best verdict of any candidate: `pass`, `inconclusive`, `fail` or `invalid`."""
        return str(self.document["verdict"])

    @property
    def runs(self) -> dict[str, Run]:
        """Each candidate's run, by what is set in it: `endpointing=0.2`."""
        return {each["variant"]: Run(self.path.parent / each["run_id"]) for each in self.document["variants"]}

    @property
    def best(self) -> Run | None:
        """The run of the best candidate; None if no candidate keeps to the margins."""
        best = self.document["best"]
        return None if best is None else self.runs[best["variant"]]
