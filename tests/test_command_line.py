from harness.command_line import changed


def test_options_are_taken_out_in_either_spelling_and_others_put_behind():
    """With the values that belong to them, and what a shell would take apart in quotes."""
    typed = ["harness", "compare", "--live", "--pairs", "4", "--run-id=x", "--resume", "--select", "a b"]

    assert "harness compare --live --select 'a b' --pairs 1" == changed(
        typed, ("--pairs", "--run-id", "--resume"), "--pairs", "1"
    )
    assert "harness compare" == changed(["harness", "compare", "--run-id"], ("--run-id",))
