"""What is measured of modules of unusual kinds: filled values, kept results, few digits, whole numbers, complex ones."""

import pytest
import torch
from torch import nn

import symshare
from symshare.errors import CheckError
from symshare.nn import check

X = (2, 6, 3)


class Does(nn.Module):
    """A module that does something, with a memory for it."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.calls = 0
        self.register_buffer("kept", torch.zeros(2, 3))

    def forward(self, *inputs):
        return self.function(self, *inputs)


def keep(net, y):
    """Write a result into the module's own memory, and return that."""
    net.kept = net.kept.to(y.dtype).resize_(y.shape) if net.kept.shape != y.shape else net.kept
    return net.kept.copy_(y)


# what stands for no value, or for minus infinity
FILLS = (-1e9, 1e9, -1e20, -1e30, torch.finfo(torch.float32).min, torch.finfo(torch.float64).min, torch.inf, -torch.inf)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("fill", FILLS)
def test_filled_values_do_not_hide_what_breaks_beside_them(fill, share):
    """Logits of masked items are as low as can be; the error is relative to the others."""
    torch.manual_seed(0)
    x = torch.rand(3, 12, 4)

    def filled(make):
        return Does(lambda _net, x: make(x).masked_fill(x < share, fill))

    assert check(filled(lambda x: x - x.mean(1, keepdim=True)), "aH", x).ok
    report = check(filled(lambda x: x + 1e-3 * x.cumsum(1)), "aH", x)
    assert not report.ok, str(report)
    assert report.fault.known
    assert report.fault.operation == "cumsum", str(report)
    assert max(report.errors.values()) < 1


def test_few_large_values_are_no_fill():
    """Energies of very different sizes: the rounding of the large ones reaches the small ones."""
    scales = torch.tensor([1e12, 1.0, 1e-6], dtype=torch.float64)
    assert check(Does(lambda _net, x: (x - x.mean(1, keepdim=True)) * scales), "aH", torch.randn(X)).ok
    assert not check(Does(lambda _net, x: x.cumsum(1) * scales), "aH", torch.randn(X)).ok


@pytest.mark.parametrize("symmetry", ["aH->H", "aH->aH"])
def test_results_in_a_memory_of_its_own_are_read_at_once(symmetry):
    """The next run writes over them."""
    torch.manual_seed(0)
    total = symmetry == "aH->H"
    right = check(Does(lambda net, x: keep(net, x.sum(1) if total else x.relu())), symmetry, torch.randn(X))
    assert right.ok
    assert not any("the same for another input" in note for note in right.notes)
    assert not check(Does(lambda net, x: keep(net, x[:, 0] if total else x.cumsum(1))), symmetry, torch.randn(X)).ok
    noisy = check(
        Does(lambda net, x: keep(net, x.sum(1) + torch.randn(2, 3) if total else x + torch.rand(()))),
        symmetry,
        torch.randn(X),
    )
    assert not noisy.deterministic


@pytest.mark.parametrize("every", [2, 3, 5, 7, 11])
def test_what_changes_now_and_then_is_recognised(every):
    def counted(net, x):
        net.calls += 1
        return x * (1 + net.calls // every)

    report = check(Does(counted), "aH", torch.randn(X))
    assert not report.ok
    assert not report.deterministic


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 5, 6])
def test_a_module_that_runs_a_few_times_only_is_an_error_of_ours_or_breaks(runs):
    def few(net, x):
        net.calls += 1
        if net.calls > runs:
            raise RuntimeError("no more")
        return x * 1

    try:
        assert not check(Does(few), "aH", torch.randn(X)).ok
    except CheckError as error:
        assert "no more" in str(error)
        assert len(str(error).splitlines()) <= 3


def rounded(kind, between):
    """Run in one type only, whatever the input is."""
    weight = (torch.eye(3) + 0.1).to(kind)
    return Does(lambda _net, x: between(nn.functional.linear(x.to(kind), weight.to(kind), weight[0].to(kind))))


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_a_type_of_few_digits_hides_no_fault(kind):
    """Also where a thousand roundings are more than the output."""
    torch.manual_seed(0)
    x = torch.randn(4, 6, 3).to(kind)

    class Own(nn.Module):
        def __init__(self, between):
            super().__init__()
            self.first, self.between = nn.Linear(3, 3).to(kind), between

        def forward(self, x):
            if self.first.weight.dtype != kind:
                raise RuntimeError("written for one type")
            return self.between(self.first(x))

    right = (lambda h: h, lambda h: h - h.mean(1, keepdim=True), lambda h: h.softmax(1), lambda h: h.tanh() @ h.mT @ h)
    for between in right:
        assert check(Own(between), "aH", x).ok
    ramp = torch.arange(9)[:, None]
    wrong = (
        lambda h: h.cumsum(1),
        lambda h: h + h.roll(1, 1),
        lambda h: h + (0.2 * ramp[: h.shape[1]]).to(kind),
        lambda h: h.softmax(1).cumsum(1),
        lambda h: torch.cat([h[:, :1] * 0.5, h[:, 1:]], 1),
    )
    for between in wrong:
        report = check(Own(between), "aH", x)
        assert not report.ok, str(report)
        assert report.fault.module == ""


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (torch.int64, 2**60, 2**61),
        (torch.int64, -(2**62), 2**62),
        (torch.int32, -(2**31), 2**31 - 1),
        (torch.uint8, 0, 256),
        (torch.int8, -128, 128),
        (torch.int16, -(2**15), 2**15),
    ],
)
@pytest.mark.parametrize("group", ["S(6)", "C(6)", "D(6)", "A(6)"])
def test_whole_numbers_keep_all_their_digits(kind, low, high, group):
    x = torch.randint(low, high, (2, 6), dtype=torch.int64).to(kind)
    axes = None if group == "S(6)" else {"a": group}
    assert check(Does(lambda _net, x: (x % 7).long()), "a", x, axes=axes).ok
    assert check(Does(lambda _net, x: x), "a", x, axes=axes).ok
    broken = check(Does(lambda _net, x: (x % 7).long() * torch.arange(x.shape[-1])), "a", x, axes=axes)
    assert not broken.ok


COMPLEX = {
    # what a module does with complex numbers, whether it keeps shifts of r, and what breaks them
    "conjugates": (lambda x: x.conj(), ""),
    "imaginary parts of conjugates": (lambda x: x.conj().imag, ""),
    "adjoints": (lambda x: x.mH.mT * x, ""),
    "a spectrum": (lambda x: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(x).abs()), ""),
    "absolute values": (lambda x: (x * x.conj()).real, ""),
    "sums along a circle": (lambda x: x.conj().cumsum(-1).conj(), "cumsum"),
    "sums of imaginary parts": (lambda x: x.conj().imag.cumsum(-1), "cumsum"),
    "a spectrum alone": (lambda x: torch.fft.fft(x).conj(), "fft"),
    "a product with negated parts": (lambda x: x.conj().imag * torch.arange(5), "mul"),
}


@pytest.mark.parametrize("kind", [torch.complex64, torch.complex128])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_numbers_and_their_conjugates(name, kind):
    function, word = COMPLEX[name]
    x = torch.randn(2, 4, 5, dtype=kind)
    for given in (x, x.conj()):
        report = check(Does(lambda _net, x: function(x)), "ar", given, axes={"r": "C(5)"})
        assert report.ok == (not word), str(report)
        assert word in (report.fault.operation if report.fault else "")


LACKING = {
    # right modules that give no numbers for inputs in which all is masked
    "a mean": lambda x, mask: (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True),
    "a softmax": lambda x, mask: (x.masked_fill(~mask[..., None], -torch.inf).softmax(1) * x).sum(1),
}


@pytest.mark.parametrize("name", LACKING)
@pytest.mark.parametrize("kind", [torch.bool, torch.int64, torch.float32])
def test_fewer_values_of_which_none_counts_are_not_held_against_a_module(name, kind):
    mask = torch.eye(6).repeat(2, 1)[torch.randperm(12)].to(kind)
    right = check(Does(lambda _net, x, m: LACKING[name](x, m.bool())), "aH,a->H", torch.randn(12, 6, 3), mask)
    assert right.ok, str(right)
    assert any("no numbers" in note for note in right.notes)
    broken = Does(lambda _net, x, m: LACKING[name](x.cumsum(1), m.bool()))
    assert not check(broken, "aH,a->H", torch.randn(12, 6, 3), mask).ok


STRANGE = {
    "sparse": lambda y: y.to_sparse(),
    "sparse rows": lambda y: y[0].to_sparse_csr(),
    "nested": lambda y: torch.nested.as_nested_tensor(list(y)),
    "quantized": lambda y: torch.quantize_per_tensor(y.float(), 0.1, 0, torch.qint8),
    "without values": lambda y: y.to("meta"),
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.filterwarnings("ignore")
def test_outputs_that_hold_no_plain_numbers_are_refused(name):
    with pytest.raises(CheckError) as caught:
        check(Does(lambda _net, x: STRANGE[name](x)), "aH", torch.randn(X))
    assert len(str(caught.value).splitlines()) == 2


SAYING_NOTHING = {
    # inputs and what is done with them, of which no value could break anything
    "an empty batch": (lambda x: x.cumsum(1), (0, 6, 3), "has no values"),
    "no channels": (lambda x: x.cumsum(1), (2, 6, 0), "has no values"),
    "infinite": (lambda x: x.cumsum(1) * 0 + torch.inf, X, "has no finite values"),
    "all masked": (lambda x: torch.full_like(x, -torch.inf), X, "has no finite values"),
    "constant": (lambda x: x * 0, X, "the same for another input"),
}


@pytest.mark.parametrize("name", SAYING_NOTHING)
@pytest.mark.parametrize("beside", [False, True])
def test_what_says_nothing_is_said_to(name, beside):
    function, shape, words = SAYING_NOTHING[name]
    text, module = "aH", Does(lambda _net, x: function(x))
    if beside:  # an output that says something
        text, module = "aH->aH,", Does(lambda _net, x: (function(x), x.sum((1, 2)) + 1))
    report = check(module, text, torch.randn(shape))
    assert report.ok
    which = "output 0" if beside and shape == X else "the output" if not beside else "output"
    assert any(which in note and words in note for note in report.notes), report.notes


CORNERS = torch.tensor([[1, 0], [-0.5, 3**0.5 / 2], [-0.5, -(3**0.5) / 2]], dtype=torch.float64)


class Corners(nn.Module):
    """Weights of the corners of a triangle, as a vector in its plane, with the corners kept in some way."""

    def __init__(self, keep, kind=torch.float32, wrong=0.0):
        super().__init__()
        table = CORNERS.clone()
        table[1, 0] += wrong
        keep(self, table.to(kind))

    def forward(self, x):
        return x.tanh() @ self.table() + 0 * x.sum()


def function_of(net, value):
    net.table = value


KEPT = {
    "a buffer": lambda net, c: (net.register_buffer("c", c), function_of(net, lambda: net.c)),
    "an attribute": lambda net, c: (setattr(net, "c", c), function_of(net, lambda: net.c)),
    "a frozen parameter": lambda net, c: (
        setattr(net, "c", nn.Parameter(c, requires_grad=False)),
        function_of(net, lambda: net.c),
    ),
    "a list": lambda net, c: (setattr(net, "c", list(c)), function_of(net, lambda: torch.stack(net.c))),
    "a dict": lambda net, c: (setattr(net, "c", {"c": c}), function_of(net, lambda: net.c["c"])),
    "of a submodule": lambda net, c: (
        setattr(net, "inner", nn.Module()),
        net.inner.register_buffer("c", c),
        function_of(net, lambda: net.inner.c),
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_constants_in_single_precision_have_its_rounding(name):
    """The square root of three is none of float32: what follows from that is no fault of the module."""
    turn = {"r": [["-1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "-1/2"]], "t": "(0 1 2)"}
    axes = symshare.generators_from({"generator": [turn, {"r": [[1, 0], [0, -1]], "t": [0, 2, 1]}]})
    x = torch.randn(4, 3)
    for kind in (torch.float32, torch.float64):
        report = check(Corners(KEPT[name], kind), "t->r", x, axes=axes)
        assert report.ok, str(report)
        assert any("count as rounding" in note for note in report.notes) == (kind == torch.float32)
        for wrong in (1.0, 1e-2, 1e-5):
            assert not check(Corners(KEPT[name], kind, wrong), "t->r", x, axes=axes).ok
    assert not check(Corners(KEPT[name], torch.float64, 1e-8), "t->r", x, axes=axes).ok


def test_a_constant_that_cannot_be_found_is_said_to_be_possible():
    single = CORNERS.float()
    turn = {"r": [["-1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "-1/2"]], "t": "(0 1 2)"}
    axes = symshare.generators_from({"generator": [turn]})
    report = check(Does(lambda _net, x: x @ single.to(x)), "t->r", torch.randn(4, 3), axes=axes)
    assert not report.ok
    assert any("single precision" in note and "tolerance" in note for note in report.notes), str(report)
    assert check(Does(lambda _net, x: x @ single.to(x)), "t->r", torch.randn(4, 3), axes=axes, tolerance=1e-6).ok
    assert not any(
        "single precision" in note for note in check(Does(lambda _net, x: x.cumsum(1)), "aH", torch.randn(X)).notes
    )
