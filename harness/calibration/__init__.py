"""The harness measuring itself against known truth: scripted services that say what was written down before, and when."""
