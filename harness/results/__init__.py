"""A finished run as values: what `load_run` returns, to look at, to compute with, and to assert on."""
