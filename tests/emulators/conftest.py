import pytest

from harness.emulators import embedded

SCENARIO = """
seed = 7
[[session]]
match = {ordinal = 99}
[[session]]
partial_delay_ms = 10
final_delay_ms = 30
[[session.segment]]
text = "Call me back."
start_s = 0.2
end_s = 0.8
[[session.segment]]
text = "Thank you!"
start_s = 1.0
end_s = 1.4
"""


@pytest.fixture(scope="session")
def scenario_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def emulators(scenario_file):
    """The two emulators with the scripted engine, for tests that need sockets."""
    with embedded.start("script", scenario_file, "--reject-key", "bad") as running:
        yield running
