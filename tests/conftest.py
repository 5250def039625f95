import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_once import Engine
from golden import golden_run
from hypothesis import HealthCheck, settings
from scripted import SPEECH

from harness import pipeline, recording
from harness.emulators import embedded
from harness.rundir import RunDir
from harness.timeline.readers import find_reader

# How long an example takes, or takes to be made, says what else a shared machine is doing, and nothing about the code.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is taken from the cache of whoever runs the tests, and nothing is left there; pages are as wide as in a log."""
    os.environ.pop("COLUMNS", None)
    cache = tempfile.TemporaryDirectory(prefix="harness-tests-")
    os.environ["XDG_CACHE_HOME"] = cache.name
    config.add_cleanup(cache.cleanup)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long go first: one of them drawn last would leave the other processor idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable: the order within and among files stays


@pytest.fixture(scope="session")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Emulators]:
    """Both services on loopback, saying "Queen of hearts." to everyone."""
    scenario = tmp_path_factory.mktemp("scenario") / "plain.toml"
    scenario.write_text(SPEECH.format(match=""))
    with embedded.start("script", scenario) as running:
        yield running


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """The demo corpus as two services might have heard it; recorded; whoever scores it writes the same bytes."""
    return golden_run(tmp_path_factory.mktemp("golden") / "run")


@pytest.fixture(scope="session")
def judged(golden: RunDir) -> RunDir:
    """The same, scored and judged: it fails by its word errors."""
    pipeline.score(golden)
    pipeline.judge(golden)
    return golden


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that answers at once, in place of the one that plays in real time."""
    found = Engine()
    monkeypatch.setattr(recording, "run", found.run)
    return found


@pytest.fixture
def parrot_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package is installed that brings the provider of `parrot.py`; returns where its entry points stand."""
    found = tmp_path / "cutover_parrot-1.0.dist-info"
    found.mkdir()
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: cutover-parrot\nVersion: 1.0\n")
    (found / "entry_points.txt").write_text(
        "[harness.providers]\nparrot = parrot:Parrot\n[harness.readers]\nparrot = parrot\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parent)]))
    find_reader.cache_clear()
    yield found / "entry_points.txt"
    find_reader.cache_clear()
