"""What code written for one service may rely on, and what the other service did instead in a run."""
