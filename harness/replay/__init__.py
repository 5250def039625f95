"""Replaying clips to both services under one clock."""
