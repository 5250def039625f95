"""Accepting what a run found: differences by name, or a whole candidate that later runs are compared with."""
