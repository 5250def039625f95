"""A certificate authority made at start, for clients that insist on `wss://`: it vouches for this machine, as long as we run."""

import contextlib
import importlib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConfigError

_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Authority:
    """A server's TLS side, and the file that makes clients trust it (`SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS`, `--cacert`)."""

    context: ssl.SSLContext
    ca_file: Path


@contextlib.contextmanager
def authority() -> Iterator[Authority]:
    """A new authority and a certificate for loopback; the file is gone with the block, the key never reaches one of ours.

    Raises:
        ConfigError: the extra `tls` isn't installed.
    """
    try:
        trustme = importlib.import_module("trustme")
    except ImportError as error:
        raise ConfigError(
            "--tls needs trustme, which is not installed. Install the extra: pip install 'cutover-harness[tls]' "
            "(from a checkout: pip install '.[tls]')."
        ) from error
    root = trustme.CA(organization_name="harness emulate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    root.issue_cert(*_NAMES).configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="harness-ca-") as folder:
        ca_file = Path(folder) / "ca.pem"
        root.cert_pem.write_to_path(str(ca_file))
        yield Authority(context, ca_file)
