"""What a run will take and what it can prove, before anything is streamed."""
