"""What is wrong or doubtful in a corpus, and what it can prove: `harness corpus check`. Reaches no network."""
