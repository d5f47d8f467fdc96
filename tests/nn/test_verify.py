"""What `verify_file` says of files: their outputs, their channels, and what goes wrong in them."""

import pytest

import symshare
from symshare.errors import LayerFileError
from symshare.nn.checking.layer_files import verify_file


def emitted(symmetry="abH", order=1, **options):
    return symshare.emit(symshare.derive(symmetry, order), **options)


def in_forward(code, symmetry="abH", order=1):
    """A layer file whose layer does something more with its outputs y."""
    lines = ["", "", "class Layer(Layer):", "    def forward(self, *given, **named):"]
    lines += ["        y = super().forward(*given, **named)", f"        {code}", "        return y", ""]
    return emitted(symmetry, order) + "\n".join(lines)


def returning(what, symmetry="abH"):
    return in_forward(f"return {what}", symmetry)


def verified(folder, text):
    path = folder / "layer.py"
    path.write_text(text)
    return verify_file(path)


def fault(folder, text):
    """The lines of a LayerFileError: two, and printable."""
    with pytest.raises(LayerFileError) as caught:
        verified(folder, text)
    lines = str(caught.value).split("\n")
    assert len(lines) == 2, lines
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    return lines[0]


FAILS = [
    ("import sys; sys.exit()", "SystemExit"),
    ("import sys; sys.exit(0)", "SystemExit: 0"),
    (r"import sys; sys.exit('\x1b[31mred\nmore')", r"SystemExit: \x1b[31mred"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("raise GeneratorExit", "GeneratorExit"),
    ("raise ValueError('one\\ntwo')", "ValueError: one"),
    ("raise ValueError('x' * 10_000)", "ValueError: xxx"),
    ("raise type('\\x1b[31m', (Exception,), {'__str__': lambda self: 1 / 0})()", r"\x1b[31m"),
    ("raise MemoryError", "MemoryError"),
    ("f = lambda: f(); f()", "RecursionError"),
]


@pytest.mark.parametrize(("code", "what"), FAILS)
def test_whatever_a_file_raises_is_told_in_one_line(tmp_path, code, what):
    where = "stops the process that runs it" if "SystemExit" in what else "does not run"
    assert fault(tmp_path, code + "\n" + emitted()).startswith(f"{tmp_path}/layer.py {where}: {what}")
    assert fault(tmp_path, in_forward(code)).startswith(f"{tmp_path}/layer.py fails: {what}")


OUTPUTS = [
    # what is returned, the symmetry, what is said
    ("(y, y)", "abH", "it returns 2 outputs, where 'abH' has 1"),
    ("()", "abH", "it returns 0 outputs, where 'abH' has 1"),
    ("None", "abH", "its output is of type NoneType"),
    ("[y]", "abH", "its output is of type list"),
    ("y.numpy()", "abH", "its output is of type ndarray"),
    ("y.sum()", "abH", "its output has the shape (), not (2, 3, 4, 2)"),
    ("y[0]", "abH", "its output has the shape (3, 4, 2), not (2, 3, 4, 2)"),
    ("y[..., :1]", "abH", "its output has the shape (2, 3, 4, 1), not (2, 3, 4, 2)"),
    ("y.mT", "abH", "its output has the shape (2, 3, 2, 4), not (2, 3, 4, 2)"),
    ("y.sum(1, keepdim=True)", "abH", "its output has the shape (2, 1, 4, 2), not (2, 3, 4, 2)"),
    ("y[None]", "abH", "its output has the shape (1, 2, 3, 4, 2), not (2, 3, 4, 2)"),
    ("y.float()", "abH", "its output is of type torch.float32, not torch.float64"),
    ("y.long()", "abH", "its output is of type torch.int64, not torch.float64"),
    ("y.to(torch.complex128)", "abH", "its output is of type torch.complex128, not torch.float64"),
    ("y[:, 0]", "abH->aH", "its output has the shape (2, 2), not (2, 3, 2)"),
    ("y[..., None]", "abH->H", "its output has the shape (2, 2, 1), not (2, 2)"),
]


@pytest.mark.parametrize(("what", "symmetry", "problem"), OUTPUTS)
def test_other_outputs_than_those_of_the_signature_are_told(tmp_path, what, symmetry, problem):
    assert f"fails: {problem}" in fault(tmp_path, returning(what, symmetry))


SEVERAL = [
    ("y0", "it returns 1 output, where 'aH->aH,H' has 2"),
    ("(y0,)", "it returns 1 output, where 'aH->aH,H' has 2"),
    ("[y0, y1]", "it returns 1 output, where 'aH->aH,H' has 2"),
    ("(y1, y0)", "output 0 has the shape (2, 3), not (2, 3, 2)"),
    ("(y0, y0)", "output 1 has the shape (2, 3, 2), not (2, 3)"),
    ("(y0, y1, y1)", "it returns 3 outputs, where 'aH->aH,H' has 2"),
    ("(y0, y1.float())", "output 1 is of type torch.float32, not torch.float64"),
]


@pytest.mark.parametrize(("what", "problem"), SEVERAL)
def test_several_outputs_are_told_apart(tmp_path, what, problem):
    text = emitted("aH->aH,H")
    assert max(verified(tmp_path, text).errors.values()) < 1e-12
    assert problem in fault(tmp_path, in_forward(f"y0, y1 = y; return {what}", "aH->aH,H"))


def test_a_layer_that_turns_wrong_later_is_told(tmp_path):
    code = "self.calls = getattr(self, 'calls', 0) + 1\n        if self.calls == 2: return y[0]"
    assert "its output has the shape" in fault(tmp_path, in_forward(code))


@pytest.mark.parametrize("name", ["in_channels", "out_channels"])
def test_a_layer_with_other_channels_than_asked_for(tmp_path, name):
    code = (
        f"class Layer(Layer):\n    def __init__(self, *a, **b):\n        super().__init__(*a, **b); self.{name} += 1\n"
    )
    found = fault(tmp_path, f"{emitted()}\n\n{code}")
    asked = {"in_channels": 1, "out_channels": 2}[name]
    assert f"{name} are {asked + 1}, where ({asked},) were asked for" in found


@pytest.mark.parametrize("kind", ["in_channels", "out_channels", "rank"])
@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_fault_at_any_number_of_channels_is_found(tmp_path, kind, number):
    """Each of inputs, outputs and rank has each of the numbers, and the worst error is told."""
    code = f"if self.{kind} == {number}: y = y + torch.arange(y.shape[-2], dtype=y.dtype)[:, None]"
    assert verified(tmp_path, in_forward(code, "aH", 2)).errors["a"] > 1e-3
    nan = f"if self.{kind} == {number}: y = y * float('nan')"
    error = verified(tmp_path, in_forward(nan, "aH", 2)).errors["a"]
    assert error != error


def test_inputs_outputs_and_rank_have_unequal_numbers(tmp_path):
    seen = tmp_path / "seen"
    told = f"print(self.in_channels, self.out_channels, file=open({str(seen)!r}, 'a'))"
    code = f"class Layer(Layer):\n    def __init__(self, *a, **b):\n        super().__init__(*a, **b); {told}\n"
    found = verified(tmp_path, f"{emitted('ab,b->b,ab')}\n\n{code}")
    assert dict(found.facts)["channels"] == [1, 2, 3, 5]
    assert max(found.errors.values()) < 1e-12
    assert seen.read_text().splitlines() == ["(1, 2) (3, 5)", "(2, 3) (5, 1)", "(3, 5) (1, 2)", "(5, 1) (2, 3)"]


NAMES = [
    ("SIGNATURE", "'a\\x1b[31mH'", "has the character"),
    ("SIGNATURE", "'a' * 100_000", "is longer than"),
    ("SIGNATURE", "'a\\nb'", "has a line break in it"),
    ("SIGNATURE", "3", "is not a text"),
    ("SIGNATURE", "None", "is not a text"),
    ("DEPENDS", "('a->\\u202e',)", "names"),
    ("DEPENDS", "3", "is not a list of dependencies"),
    ("SIZES", "{'\\x9b': 3}", "an unknown axis"),
    ("SIZES", "{'a': '\\x1b'}", "is not a size"),
    ("AXES", "{'a': '\\u2066(3)'}", ""),
    ("AXES", "{'a': 3}", "is not a group"),
    ("AXES", "3", "TypeError"),
    ("TERMS", "3", "TypeError"),
    ("GENERATORS", "'{\\x1b'", "JSONDecodeError"),
    ("GENERATORS", "'[]'", "is not a table of generators"),
]


@pytest.mark.parametrize(("name", "value", "what"), NAMES)
def test_what_a_file_says_of_itself_is_read_with_care(tmp_path, name, value, what):
    found = fault(tmp_path, f"{emitted()}\n\n{name} = {value}\n")
    assert "fails: " in found
    assert what in found


def test_a_text_that_nests_too_deep(tmp_path):
    assert "is not Python" in fault(tmp_path, "x = " + "-" * 100_000 + "1\n")
    assert "is not Python" in fault(tmp_path, "x = " + "(" * 1000 + ")" * 1000 + "\n")


def with_forward(body, symmetry="aH", **options):
    """A layer file whose layer does something else with what it is given."""
    lines = ["", "", "class Layer(Layer):", "    def forward(self, *given, measure=None, **named):"]
    return emitted(symmetry, 1, **options) + "\n".join([*lines, *(f"        {line}" for line in body), ""])


TAKES = {
    # what a layer does wrong with all that it takes, and which rows tell
    "weights are ignored": (["return super().forward(*given, **named)"], {"a: masked as left out"}),
    "weights are counted twice": (
        ["m = measure['a'] if isinstance(measure, dict) else measure"]
        + [
            "y = super().forward(*given, measure=measure, **named)",
            "return y if m is None else y + m.sum(-1)[..., None, None]",
        ],
        {"a: masked as left out", "a: twice, at half the weight"},
    ),
    "weights do not move along": (
        ["m = None if measure is None else {key: one.flip(-1) for key, one in measure.items()}"]
        + ["return super().forward(*given, measure=m, **named)"],
        {"a: random"},
    ),
    "a batch is averaged": (
        ["y = super().forward(*given, measure=measure, **named)", "return y - y.mean(0) if y.dim() == 3 else y"],
        {"entries of a batch as alone"},
    ),
    "one value is too few": (
        ["y = super().forward(*given, measure=measure, **named)", "return y / (y.shape[-2] - 1)"],
        {"runs in trial"},
    ),
    "no value is too few": (
        ["y = super().forward(*given, measure=measure, **named)", "y[..., 0, 0]", "return y"],
        {"runs in trial"},
    ),
    "one value counts half": (
        ["y = super().forward(*given, measure=measure, **named)", "return y / 2 if y.shape[-2] == 1 else y"],
        {"a: masked as left out"},
    ),
    "weights of one value are ignored": (
        ["m = measure['a'] if isinstance(measure, dict) else measure"]
        + ["one = m is not None and bool((m.count_nonzero(-1) == 1).all())"]
        + ["return super().forward(*given, measure=None if one else measure, **named)"],
        {"a: masked as left out"},
    ),
    "no batch is too few": (
        [
            "y = super().forward(*given, measure=measure, **named)",
            "y.new_zeros(1)[y.dim() == 2 and 9 or 0]",
            "return y",
        ],
        {"runs in trial", "entries of a batch as alone"},
    ),
}


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("name", TAKES)
def test_all_that_a_layer_takes_is_tried(tmp_path, name, reduce):
    assert verified(tmp_path, emitted("aH", 1, reduce=reduce)).ok
    body, told = TAKES[name]
    report = verified(tmp_path, with_forward(body, reduce=reduce))
    assert not report.ok
    broken = {row.what for row in report.rows if not row.ok}
    for one in told:
        assert any(what.startswith(one) for what in broken), str(report)


def test_every_kind_of_trial_is_in_the_table(tmp_path):
    report = verified(tmp_path, emitted("abH->aH", 2, normalise_scale=True))
    assert report.ok
    words = "\n".join(report.trials)
    for one in (
        "no batch",
        "empty batch",
        "weighed",
        "a = 1, b = 4",
        "a = 3, b = 0",
        "a = 0, b = 0",
        "1 to 2 channels",
        "5 to 1",
    ):
        assert one in words
    whats = {row.what for row in report.rows}
    assert {"b: none as all masked", "three times the input", "a: twice, at half the weight"} <= whats
    assert set(report.errors) == {"a", "b", "scale"}
