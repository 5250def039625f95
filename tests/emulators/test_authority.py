"""TLS, for clients that insist on it."""

import json
import ssl
import subprocess
import sys

import patient
import pytest
from patient import connect

from harness.emulators import embedded
from harness.emulators.authority import authority
from harness.errors import ConfigError

PROGRAM = """
import sys, warnings
warnings.simplefilter("ignore")
host, gladia = sys.argv[1:]
from assemblyai.streaming.v3 import RealTimeEvents, RealTimeParameters, RealTimeTranscriber, RealTimeTranscriberOptions
kinds = []
client = RealTimeTranscriber(RealTimeTranscriberOptions(api_host=host, api_key="key", connect_timeout=60, terminate_timeout=60))
for kind in (RealTimeEvents.Begin, RealTimeEvents.Turn, RealTimeEvents.Error, RealTimeEvents.Termination):
    client.on(kind, lambda _, event: kinds.append(getattr(event, "type", repr(event))))
client.connect(RealTimeParameters(sample_rate=16000))
client.stream(bytes(3200))
client.disconnect(terminate=True)

import threading
from gladiaio_sdk import GladiaClient
session = GladiaClient(api_key="key", api_url=gladia, http_timeout=60, ws_timeout=60).live_v2().start_session({"sample_rate": 16000})
done = threading.Event()
session.on("error", lambda error: kinds.append(repr(error)))
session.on("ended", lambda end: (kinds.append(end.code), done.set()))
assert session.wait_until_ready(60), (session.status, kinds)
session.send_audio(bytes(3200))
session.stop_recording()
assert done.wait(60), (session.status, kinds)
print(kinds)
"""


@pytest.fixture(scope="module")
def secure(scenario_file):
    with embedded.start("script", scenario_file, "--tls") as running:
        yield running


def test_a02_python_sdks_trust_the_authority_by_ssl_cert_file(secure):
    """Both SDKs, unchanged, over TLS by the name `localhost`; a new process, because the variable is read early."""
    command = [sys.executable, "-c", PROGRAM, secure.assemblyai_tls.removeprefix("wss://"), secure.gladia_tls]
    environment = {"SSL_CERT_FILE": secure.ca_file, "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout.strip(), done.returncode) == ("['Begin', 'Termination', 1000]", 0), done.stderr


def test_a02_whoever_does_not_know_the_authority_is_not_fooled(secure):
    """It is unknown to the system."""
    with pytest.raises(ssl.SSLCertVerificationError), connect(f"{secure.assemblyai_tls}/v3/ws?sample_rate=16000"):
        pass


def test_a02_the_two_ports_are_one_service(secure):
    """What is said over TLS stands in the ledger of the plain port, and a session's URL stays with the scheme it was asked by."""
    trust = ssl.create_default_context(cafile=secure.ca_file)
    url = f"{secure.assemblyai_tls}/v3/ws?sample_rate=16000"
    with connect(url, ssl=trust, additional_headers={"Authorization": "key"}) as client:
        session_id = json.loads(client.recv())["id"]
    made = patient.post(f"{secure.gladia_tls}/v2/live", json={}, headers={"x-gladia-key": "key"}, verify=trust).json()
    assert made["url"].startswith(secure.gladia_tls.replace("https", "wss"))
    assert secure.session(session_id)["provider"] == "assemblyai"


def test_without_tls_the_line_has_the_three_keys_it_always_had(emulators):
    """Nobody who reads it is surprised."""
    assert (emulators.assemblyai_tls, emulators.gladia_tls, emulators.ca_file) == (None, None, None)


def test_the_certificate_is_gone_with_the_emulators():
    """Nothing is left behind."""
    with authority() as made:
        assert made.ca_file.read_text(encoding="ascii").startswith("-----BEGIN CERTIFICATE-----")
    assert not made.ca_file.exists()


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    """`--tls` needs a package that nothing else needs."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ConfigError, match=r"pip install 'cutover-harness\[tls\]'"), authority():
        pass
