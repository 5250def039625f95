"""`harness runs` as a user meets it."""

import json

from harness.cli import run


def test_it_writes_the_page_and_says_where(tmp_path, capsys):
    """Also for an empty folder; for programs as one object."""
    assert 0 == run(["runs", str(tmp_path)])
    assert f"{tmp_path / 'index.html'}\n" == capsys.readouterr().out
    assert 0 == run(["runs", str(tmp_path), "--json"])
    assert {"path": str(tmp_path / "index.html")} == json.loads(capsys.readouterr().out)
    assert (tmp_path / "index.html").is_file()


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    """With what to name instead."""
    assert 2 == run(["runs", str(tmp_path / "nowhere")])
    assert "there is no such folder. Name the one that --out named" in capsys.readouterr().err
