"""What is said to the AssemblyAI emulator in tests, and by which kinds of sessions."""

import pytest
from assemblyai_clients import CHUNK
from loopback import pause, spoken

FLAVOURS = pytest.mark.parametrize("flavour", ["sync", "async"])
SDK_WARNINGS = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # it calls connect() as websockets 17 deprecates
DIALOGUE = """
seed = 7
[[session]]
[[session.segment]]
text = "Call me back."
start_s = 0.5
end_s = 1.7
[[session.segment]]
text = "Thank you!"
start_s = 3.0
end_s = 4.0
"""
THREE_TURNS = """
seed = 7
[[session]]
[[session.segment]]
text = "Call me back tomorrow, please, at about three o'clock in the afternoon."
start_s = 0.2
end_s = 5.0
[[session.segment]]
text = "Thank you!"
start_s = 5.5
end_s = 6.1
partials = [{at_s = 5.7, text = "Tank"}, {at_s = 5.8, text = "Thank you", pause = true}]
[[session.segment]]
text = "Is that all of it for today?"
start_s = 6.4
end_s = 8.0
"""
SCRIPTED = CHUNK * 90
TONES = spoken("yes", "please", "no") + pause(500) + spoken("please?") + pause(500) + spoken("no", "yes") + pause(1500)
PROFILES = {
    "unformatted": {},
    "two_step": {"format_turns": True},
    "multilingual": {"speech_model": "universal-streaming-multilingual"},
    "u3": {"speech_model": "u3-rt-pro"},
    "u3_quiet": {"speech_model": "universal-3-6-pro", "continuous_partials": False},
}
UNIVERSAL = ("unformatted", "two_step", "multilingual")
U3 = ("u3", "u3_quiet")
