import pytest
from assemblyai_material import DIALOGUE, THREE_TURNS
from gladia_clients import TWO_UTTERANCES
from loopback import TestClock, ToneEngine, loopback

from harness.emulators import embedded

SESSIONS = """
[[session]]
match = {ordinal = 99}
[[session]]
partial_delay_ms = 10
final_delay_ms = 30
"""


@pytest.fixture(scope="session")
def scenario_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "scenario.toml"
    path.write_text(TWO_UTTERANCES.replace("[[session]]\n", SESSIONS, 1), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def emulators(scenario_file):
    """The two emulators with the scripted engine, for tests that need sockets."""
    with embedded.start("script", scenario_file, "--reject-key", "bad") as running:
        yield running


@pytest.fixture
def clock():
    return TestClock()


@pytest.fixture(scope="module")
def scripted():
    """Two turns far apart."""
    with loopback(DIALOGUE) as running:
        yield running


@pytest.fixture(scope="module")
def three_turns():
    """A long one, a short one, one with other partials than its words."""
    with loopback(THREE_TURNS) as running:
        yield running


@pytest.fixture(scope="module")
def gladia():
    """Two utterances within two seconds; the key `bad` is refused."""
    with loopback(TWO_UTTERANCES, options={"reject_keys": frozenset({"bad"})}) as running:
        yield running


@pytest.fixture(scope="module")
def tones():
    """The real segmentation, on audio of tones."""
    with loopback(engine=ToneEngine()) as running:
        yield running
