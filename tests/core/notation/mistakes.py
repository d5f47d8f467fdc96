"""What an error about a notation shows."""


def check_mistake(error, problem, place):
    """The message says what is wrong on line one, shows the text on line two, and points and gives the cure on line three."""
    assert error.problem.startswith(problem)
    lines = str(error).split("\n")
    assert problem in lines[0]
    assert error.cure
    assert str(error).endswith(error.cure)
    if place is None:
        assert len(lines) == 2
        return
    assert error.position == place
    assert len(lines) == 3
    shift = max(0, place - 40)
    assert lines[2].index("^") == 2 + place - shift
    if error.text.isprintable() and len(error.text) < 80:
        assert lines[1] == "  " + error.text
