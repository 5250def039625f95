"""The page of all runs."""

from fabricate import HOSTILE
from fabricate_runs import fabricate_runs

from harness.report.runs_page import render_runs, write_runs_page


def test_it_lies_in_the_folder_and_says_the_same_twice(tmp_path):
    """`index.html`, equal bytes for equal runs."""
    fabricate_runs(tmp_path, [0.06, 0.08])
    page = write_runs_page(tmp_path)
    before = page.read_bytes()

    assert (tmp_path / "index.html", before) == (write_runs_page(tmp_path), page.read_bytes())


def test_hostile_names_stay_text(tmp_path):
    """A corpus named like a script becomes no element."""
    fabricate_runs(tmp_path, [0.06, 0.08], hostile=True)
    page = write_runs_page(tmp_path).read_text(encoding="utf-8")

    assert (False, page.count("<script")) == (HOSTILE in page, page.count("</script>"))


def test_an_empty_folder_says_what_to_do():
    """No runs, no trends, and a next step."""
    page = render_runs([], ["torn/run.json: damaged"])

    assert "<code>harness compare</code> makes one" in page
    assert "torn/run.json: damaged" in page
    assert "A trend needs two" in page
