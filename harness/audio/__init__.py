"""Reading, converting and chunking audio: pure functions of arrays and formats."""
