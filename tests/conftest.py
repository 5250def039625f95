from collections.abc import Iterator

import pytest
from scripted import SPEECH

from harness.emulators import embedded


@pytest.fixture(scope="session")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Emulators]:
    """Both services on loopback, saying "Queen of hearts." to everyone."""
    scenario = tmp_path_factory.mktemp("scenario") / "plain.toml"
    scenario.write_text(SPEECH.format(match=""))
    with embedded.start("script", scenario) as running:
        yield running
