"""Which hosts are this machine, reached by itself alone."""

import ipaddress


def is_loopback_host(host: str) -> bool:
    """Whether a host's name or bare IP address is loopback's; looks nothing up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
