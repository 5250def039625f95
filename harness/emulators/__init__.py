"""Both services on loopback, for runs without keys and without a network."""
