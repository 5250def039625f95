"""The built-in providers keep their promises against the emulators, and the kit notices each promise that is broken."""

import pytest
from parrot import FLAWS, Parrot
from programs import BEHAVING, write

from harness.conformance import CHECKS, Conformance, Subject
from harness.emulators import embedded
from harness.providers.registry import provider

SPEECH = bytes(48000)  # a second and a half; the emulators play their script to it
NOWHERE = {"assemblyai": "ws://127.0.0.1:9", "gladia": "http://127.0.0.1:9"}


@pytest.fixture(scope="module", params=["assemblyai", "gladia", "command"])
def kit(request: pytest.FixtureRequest, emulators: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory):
    """The checks of one built-in provider. A program is nowhere to be reached if it says so."""
    name, folder = request.param, tmp_path_factory.mktemp("program")
    lost = "if os.environ['HARNESS_HOST'].endswith(':9'): sys.exit('nobody answers')\n"
    params = {"command": write(folder, lost + BEHAVING), "ready_within_s": 20} if name == "command" else {}
    host = emulators.gladia if name == "command" else getattr(emulators, name)
    found = provider(name, folder)
    return Conformance(Subject(found, host, NOWHERE.get(name, NOWHERE["gladia"]), SPEECH, params=params, piece_s=0.02))


@pytest.mark.parametrize("name", CHECKS)
def test_the_built_in_providers_conform(kit: Conformance, name: str):
    """The two services and the user's program, against the emulators."""
    kit.check(name)


@pytest.mark.usefixtures("parrot_package")
@pytest.mark.parametrize("name", CHECKS)
def test_each_broken_promise_is_noticed_by_its_check(name: str):
    """And by none if none is broken; a package's reader is found by its entry point."""
    assert {} == parrot().failures()
    for flaw in FLAWS[name]:
        assert name in parrot(flaw).failures()


def parrot(flaw: str = "") -> Conformance:
    return Conformance(
        Subject(Parrot(flaw), "parrot://127.0.0.1:1", "parrot://127.0.0.1:9", SPEECH, {"loud": True}, piece_s=0)
    )
