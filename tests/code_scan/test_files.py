"""Which files of a folder are looked into, and what is said of those that can't be."""

import os

from harness.code_scan.files import LARGEST_BYTES
from harness.code_scan.python_code import read_python
from harness.code_scan.scan import scan

USE = "from gladiaio_sdk import GladiaClient\nGladiaClient().live_v2().start_session({})\n"


def test_installed_hidden_and_linked_code_is_not_looked_into(tmp_path):
    """Nor is a circle of links entered."""
    for place in ("app", "node_modules/x", ".git", "env", "lib/site-packages"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "code.py").write_text(USE, encoding="utf-8")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "app" / "around").symlink_to(tmp_path)
    (tmp_path / "linked.py").symlink_to(tmp_path / "app" / "code.py")
    result = scan(tmp_path)
    assert (1, ["app/code.py"]) == (result.files, sorted({each.file for each in result.findings}))


def test_what_cannot_be_read_is_said_and_the_rest_is_scanned(tmp_path):
    """Too large, binary, not UTF-8, no file at all, no Python: each by name, with the reason."""
    (tmp_path / "ok.py").write_text(USE, encoding="utf-8")
    (tmp_path / "bundle.js").write_bytes(b"// gladia\n" * (LARGEST_BYTES // 10 + 1))
    (tmp_path / "binary.py").write_bytes(b"gladia\0")
    (tmp_path / "latin.py").write_bytes("# gladia für alle".encode("latin-1"))
    (tmp_path / "broken.py").write_text("gladia = (\n", encoding="utf-8")
    (tmp_path / "broken.ts").write_text('import "assemblyai";\nconst = ;\n', encoding="utf-8")
    (tmp_path / "deep.py").write_text("gladia = " + "-" * 5000 + "1", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.py")
    result = scan(tmp_path)
    assert ["ok.py"] == sorted({each.file for each in result.findings})
    said = {each.file: each.reason for each in result.unread}
    assert {
        "binary.py": "binary: it has null characters",
        "broken.py": "line 1: '(' was never closed",
        "broken.ts": "line 2: not understood; around it something may have been missed",
        "bundle.js": "larger than 4 MiB: generated or bundled code is not looked into",
        "latin.py": "not UTF-8 (invalid start byte at byte 10)",
        "pipe.py": "no regular file",
    } == {name: reason for name, reason in said.items() if name != "deep.py"}
    assert "deep.py" in said


def test_thousands_of_files_are_read_only_as_far_as_a_name(tmp_path, monkeypatch):
    """Files that mention neither SDK are not parsed."""
    for number in range(2000):
        (tmp_path / f"module_{number}.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "used.py").write_text(USE, encoding="utf-8")
    parsed = []
    monkeypatch.setattr("harness.code_scan.scan.read_python", lambda text: parsed.append(text) or read_python(text))
    result = scan(tmp_path)
    assert (2001, 1, [USE]) == (result.files, result.using, parsed)


def test_nothing_is_changed(tmp_path):
    """Neither bytes nor times, and nothing is left behind."""
    (tmp_path / "code.py").write_text(USE, encoding="utf-8")
    before = [(path, path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*")]
    scan(tmp_path)
    assert before == [(path, path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*")]
