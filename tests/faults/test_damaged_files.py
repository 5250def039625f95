"""Every file of a run, damaged in every way, under every command that reads it: one message, exit code 2, nothing changed."""

import contextlib
import gzip
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from golden import DEMO, golden_run

from harness import cli, pipeline
from harness.report.runs import read_runs
from harness.rundir import RunDir

TIMELINE = "timeline"
READERS = {
    "run.json": ("score", "gate", "report", "export", "approve a baseline", "pilot", "resume", "reuse"),
    "clips.jsonl": ("score", "report", "export"),
    TIMELINE: ("score", "report", "export"),
    "scores/sessions.csv": ("gate", "report", "approve a baseline", "pilot"),
    "scores/words.csv": ("report",),
    "scores/scores.json": ("gate", "report", "approve a baseline", "pilot"),
    "summary.json": ("gate", "report"),
    "verdict.json": ("report", "approve", "approve a baseline"),
}
"""By file, the commands that can't do without it."""


@dataclass(frozen=True)
class Shop:
    """A small run that was scored and judged, and the commands that are tried on it."""

    folder: Path
    run: RunDir
    corpus: Path

    def path(self, name: str) -> Path:
        """A file of the run."""
        if name != TIMELINE:
            return self.run.path / name
        return min(self.run.path.glob("sessions/*/baseline.1.jsonl.gz"))

    def arguments(self, command: str) -> list[str]:
        run, out = str(self.run.path), ["--out", str(self.run.path.parent)]
        why = ["--reason", "known", "--author", "Jo"]
        formats = [argument for name in ("ctm", "srt", "trace") for argument in ("--format", name)]
        return {
            "export": ["export", run, *formats, "--out", str(self.folder / "exports")],
            "approve": [
                "approve",
                run,
                "wer_abs",
                *why,
                "--until",
                "2099-01-01",
                "--file",
                str(self.folder / "a.toml"),
            ],
            "approve a baseline": ["approve", run, *why, "--baseline", str(self.folder / "b.json")],
            "pilot": ["plan", "--corpus", str(self.corpus), "--pilot", run],
            "resume": ["record", "--corpus", str(self.corpus), *out, "--run-id", self.run.path.name, "--resume"],
            "reuse": ["record", "--corpus", str(self.corpus), *out, "--run-id", "new", "--baseline-run", run],
        }.get(command, [command, run])

    def written(self) -> dict[Path, bytes]:
        """All that stands in the reports folder."""
        files = (path for path in self.run.path.parent.rglob("*") if path.is_file() and path.name != ".lock")
        return {path: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two clips of the demo."""
    folder = tmp_path_factory.mktemp("damaged")
    run = golden_run(folder / "reports" / "run", clips=2)
    clips = run.read_clips()
    corpus = folder / "corpus"
    lines = (DEMO / "manifest.jsonl").read_text().splitlines()
    for clip in clips:
        (corpus / clip.audio_filepath).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO / clip.audio_filepath, corpus / clip.audio_filepath)
    wanted = {clip.clip_id for clip in clips}
    (corpus / "manifest.jsonl").write_text("\n".join(line for line in lines if json.loads(line)["id"] in wanted))
    where = {"corpus": {"path": os.path.relpath(corpus, run.path)}}
    run.write_run({**run.read_run(), "provenance": where})
    pipeline.score(run)
    pipeline.judge(run)
    return Shop(folder, run, corpus)


def of_a_later_version(name: str, data: bytes) -> bytes:
    first, _, rest = data.partition(b"\n")
    if name.endswith(".csv"):
        return b"mood," + data
    if name == "clips.jsonl":
        return json.dumps({"schema": "harness.clip/9", "mood": "good"}).encode() + b"\n" + rest
    document = json.loads(first if name == TIMELINE else data)
    document["schema"] = document["schema"].replace("/1", "/9")
    return json.dumps(document).encode() + (b"\n" + rest if name == TIMELINE else b"")


def of_another_type(name: str, data: bytes) -> bytes:
    """Lists in place of objects; of a table, in place of each cell."""
    first, _, rest = data.partition(b"\n")
    if name.endswith(".csv"):
        return first + b"\n" + b",".join([b"[]"] * (first.count(b",") + 1)) + b"\r\n"
    return b"[]\n" + rest if name in {TIMELINE, "clips.jsonl"} else b"[]"


def with_lists_inside(name: str, data: bytes) -> bytes:
    """Each value of an object a list."""
    if name.endswith(".csv"):
        return of_another_type(name, data)
    first, _, rest = data.partition(b"\n")
    document = json.loads(first if name in {TIMELINE, "clips.jsonl"} else data)
    wrong = json.dumps({key: value if key == "schema" else [] for key, value in document.items()}).encode()
    return wrong + b"\n" + rest if name in {TIMELINE, "clips.jsonl"} else wrong


def with_nothing_inside(name: str, data: bytes) -> bytes:
    """An object that has its schema and nothing else; a table without its last column."""
    first, _, rest = data.partition(b"\n")
    if name.endswith(".csv"):
        return first.rpartition(b",")[0] + b"\r\n" + rest
    document = json.loads(first if name in {TIMELINE, "clips.jsonl"} else data)
    bare = json.dumps({key: value for key, value in document.items() if key == "schema"}).encode()
    return bare + b"\n" + rest if name in {TIMELINE, "clips.jsonl"} else bare


DAMAGES: dict[str, Callable[[str, bytes], bytes]] = {
    "cut in half": lambda _, data: data[: len(data) // 2],
    "garbage": lambda *_: bytes(range(256)) * 4,
    "empty": lambda *_: b"",
    "of a later version": of_a_later_version,
    "of another type": of_another_type,
    "lists inside": with_lists_inside,
    "nothing inside": with_nothing_inside,
}
PLAIN = {
    "of a later version",
    "of another type",
    "lists inside",
    "nothing inside",
}  # of a timeline: before it is packed


@contextlib.contextmanager
def damaged(path: Path, name: str, how: str) -> Iterator[None]:
    """The file is damaged within the block."""
    whole = path.read_bytes()
    if name == TIMELINE and how in PLAIN:
        path.write_bytes(gzip.compress(DAMAGES[how](name, gzip.decompress(whole))))
    else:
        path.write_bytes(DAMAGES[how](name, whole))
    try:
        yield
    finally:
        path.write_bytes(whole)


def harness(arguments: list[str]) -> tuple[int, str]:
    """The command line in this process: its exit code, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(arguments)
    return code, err.getvalue()


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", READERS)
def test_damage_is_one_message_that_names_the_file(shop: Shop, name: str, how: str):
    """Exit code 2 and no traceback; whatever the command was about to write is as it was."""
    path = shop.path(name)
    with damaged(path, name, how):
        before = shop.written()
        for command in READERS[name]:
            code, said = harness(shop.arguments(command))

            assert (2, 1) == (code, said.count("\n")), (command, said)
            assert said.startswith("harness: ")
            assert str(path) in said or f"{shop.run.path}: its baseline can't be used" in said, (command, said)
        assert before == {name: data for name, data in shop.written().items() if name in before}
        assert [] == list(shop.run.path.rglob("*.tmp"))


@pytest.mark.parametrize("how", [how for how in DAMAGES if how != "nothing inside"])  # then there is nothing to tell
def test_a_damaged_run_does_not_cost_the_page_of_all_runs(shop: Shop, how: str, tmp_path: Path):
    """It is named there; the others are shown."""
    for name in ("whole", "torn"):
        shutil.copytree(shop.run.path, tmp_path / name)
    with damaged(tmp_path / "torn" / "run.json", "run.json", how):
        code, said = harness(["runs", str(tmp_path)])
        shown, [torn] = read_runs(tmp_path)

    assert (0, "") == (code, said)
    assert ["whole"] == [run.run_id for run in shown]
    assert str(tmp_path / "torn" / "run.json") in torn


def test_a_folder_where_a_file_belongs_is_one_message(shop: Shop, tmp_path: Path):
    """No defect of the program: exit code 3, without a traceback."""
    shutil.copytree(shop.run.path, tmp_path / "run")
    (tmp_path / "run" / "verdict.json").unlink()
    (tmp_path / "run" / "verdict.json").mkdir()
    code, said = harness(["gate", str(tmp_path / "run")])

    assert (3, 1) == (code, said.count("\n"))
    assert "Is a directory" in said
    assert "verdict.json" in said
