"""Turning scores into go, no-go or not-enough-evidence."""
