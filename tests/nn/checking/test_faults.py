"""What else a module may do: chance, memory, branches, other types, scripts; where a fault begins is told, or why not."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

import symshare
from symshare.errors import CheckError
from symshare.nn import check

X = (2, 7, 3)


class Between(nn.Module):
    """Two linear layers, and something between them."""

    def __init__(self, between, width=3):
        super().__init__()
        self.first, self.second = nn.Linear(3, width), nn.Linear(width, 3)
        self.between = between
        self.calls = 0
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        h = self.first(x)
        h = self.between(self, h)
        return self.second(h)


def counted(net, h):
    net.calls += 1
    return h * net.calls


def running(net, h):
    net.mean.lerp_(h.detach().mean((0, 1)), 0.1)
    return h - net.mean


CHANGING = {
    # what is between, and a word of the line that is named
    "dropout without a mode": (lambda net, h: nn.functional.dropout(h), "bernoulli"),
    "noise": (lambda net, h: h + torch.randn_like(h), "randn"),
    "noise of numpy's": (lambda net, h: h * np.random.normal(), "mul"),
    "noise of Python's": (lambda net, h: h * random.random(), "mul"),
    "a counter": (counted, "net.calls"),
    "a running mean": (running, "mean"),
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_from_run_to_run_is_recognised(name):
    between, word = CHANGING[name]
    report = check(Between(between), "aH", torch.randn(X))
    assert not report.ok
    assert not report.deterministic
    assert "gives another output each time" in str(report)
    assert report.fault.known
    assert report.fault.module == ""
    assert (report.fault.after, report.fault.before) == ("first", "second")
    assert word in "\n".join(report.fault.lines())


def halves(net, h):
    return h if h[0, 0, 0] > 0 else -h


FAULTS = {
    "the first item": (lambda net, h: h + h[:, :1], "select|slice|add"),
    "shifts": (lambda net, h: h + h.roll(1, 1), "roll"),
    "cumulative sums": (lambda net, h: h.cumsum(1), "cumsum"),
    "a convolution": (lambda net, h: nn.functional.avg_pool1d(h.mT, 3, 1, 1).mT, "avg_pool|mean"),
    "numpy": (lambda net, h: torch.from_numpy(h.detach().numpy().cumsum(1)), "outside torch"),
    "a ramp": (lambda net, h: h * torch.arange(h.shape[1])[:, None], "mul"),
    "another path": (halves, "another path"),
    "a triangle": (lambda net, h: (h @ h.mT).tril() @ h, "tril"),
    "an order": (lambda net, h: h.gather(1, h.argsort(1)), "gather"),
    "writes to a slice": (lambda net, h: h.index_fill(1, torch.tensor([2]), 0.0), "index_fill"),
    "the first half": (lambda net, h: torch.cat([h[:, :3].exp(), h[:, 3:]], 1), "slice|cat|exp"),
    "a flat softmax of a part": (lambda net, h: h.flatten(1).cummax(1).values.view_as(h), "cummax"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_code_between_submodules_is_named_with_its_neighbours(name):
    between, words = FAULTS[name]
    torch.manual_seed(0)
    report = check(Between(between), "aH", torch.randn(X))
    assert not report.ok
    assert report.fault.known, str(report)
    assert report.fault.module == ""
    assert (report.fault.after, report.fault.before) == ("first", "second")
    assert any(word in "\n".join(report.fault.lines()) for word in words.split("|")), str(report)


RECOVERED = {
    # what tells places apart for a while, and is right in the end: the fault behind it is named
    "a loop over items": lambda h: h + sum(h[:, place] for place in range(h.shape[1]))[:, None],
    "sorted and added": lambda h: h + h.sort(1).values.sum(1, keepdim=True),
    "indices of the largest": lambda h: h + h.gather(1, h.norm(dim=-1).argmax(1)[:, None, None].expand(-1, -1, 3)),
    "heads": lambda h: (
        h.unflatten(-1, (3, 1)).permute(0, 2, 1, 3).flatten(0, 1).view(2, 3, -1, 1).permute(0, 2, 1, 3).flatten(2)
    ),
    "a token": lambda h: torch.cat([h.mean(1, keepdim=True), h], 1).softmax(1)[:, 1:],
    "written into": lambda h: torch.zeros_like(h).copy_(h).mul_(2),
}


@pytest.mark.parametrize("name", RECOVERED)
def test_what_is_right_in_the_end_is_not_blamed(name):
    between = RECOVERED[name]
    assert check(Between(lambda net, h: between(h)), "aH", torch.randn(X)).ok
    report = check(Between(lambda net, h: between(h).tanh().cumprod(1)), "aH", torch.randn(X))
    assert report.fault.operation == "cumprod", str(report)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.places = nn.Embedding(9, 3)

    def forward(self, h):
        return h + self.places(torch.arange(h.shape[-2]))


def test_a_submodule_far_inside_is_named_by_its_name_and_class():
    net = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Tanh(), nn.ModuleDict({"x": Inner()})["x"], nn.Linear(3, 3)))
    report = check(net, "aH", torch.randn(X))
    assert (report.fault.module, report.fault.kind) == ("1.1", "Inner")
    assert report.fault.parameter == "places.weight" or "places.weight" in report.fault.parameter
    assert (
        "a = 7: not of any size" in str(report) or any("10" in note for note in report.notes) or len(report.trials) == 4
    )


def test_a_module_that_writes_into_its_input_is_said_to():
    def writing(net, x):
        return x.mul_(2)

    class Writes(nn.Module):
        def forward(self, x):
            return torch.relu_(x)

    x = torch.randn(X)
    before = x.clone()
    report = check(Writes(), "aH", x)
    assert report.ok
    assert any("writes into its inputs" in note and "relu_" in note for note in report.notes)
    assert torch.equal(x, before)
    assert not any("writes" in note for note in check(Between(writing), "aH", x).notes)


def test_sorting_is_named_although_each_activation_stays_alike():
    report = check(Between(lambda net, h: h.sort(1).values), "aH", torch.randn(X))
    assert report.fault.operation == "sort"
    assert "stays where it is" in report.fault.words


def test_axes_on_other_dimensions_are_said_plainly():
    class Turned(nn.Module):
        def forward(self, x):
            return x.mT

    report = check(Turned(), "ab", torch.randn(4, 4))
    assert not report.ok
    assert not report.fault.known
    assert "other dimensions" in report.fault.words
    assert "equally long" in report.fault.words


def test_a_module_that_gives_the_same_for_every_input_is_said_to():
    class Still(nn.Module):
        def __init__(self):
            super().__init__()
            self.y = nn.Parameter(torch.zeros(3))

        def forward(self, x):
            return self.y.expand_as(x)

    report = check(Still(), "aH", torch.randn(X))
    assert report.ok
    assert any("the same for another input" in note for note in report.notes)
    broken = check(Between(lambda net, h: h * 0), "aH", torch.randn(X))
    assert any("the same for another input" in note for note in broken.notes)


def test_scripted_modules_are_followed():
    net = torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(21, 2)))
    report = check(net, "aH->H", torch.randn(X))
    assert not report.ok
    assert report.fault.operation == "addmm"
    assert "1.weight" in report.fault.parameter
    assert check(torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.Softmax(1))), "aH", torch.randn(X)).ok


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_a_cast_to_a_smaller_type_is_named(kind):
    torch.manual_seed(0)

    def added(net, h):
        small, total = h.to(kind), torch.zeros(3, dtype=kind)
        for place in range(h.shape[1]):
            total = total + small[:, place : place + 1]
        return total.double() + h

    report = check(Between(added), "aH", torch.randn(X))
    assert not report.ok
    assert report.fault.operation == f"a cast to {str(kind).removeprefix('torch.')}"
    assert report.fault.after == "first"
    assert max(report.errors.values()) < 100 * torch.finfo(kind).eps


def test_what_cannot_run_in_double_precision_runs_in_its_own():
    right = check(Between(lambda net, h: h.float().tanh()), "aH", torch.randn(X))
    assert right.ok
    assert right.tolerance == 1000 * torch.finfo(torch.float32).eps
    assert any("does not run in double precision" in note for note in right.notes)
    assert not check(Between(lambda net, h: h.float().cumsum(1)), "aH", torch.randn(X)).ok


def test_nothing_outside_is_changed():
    net = Between(lambda net, h: nn.functional.dropout(h, training=net.training) + torch.rand(()) * 0 + net.mean)
    net.train()
    before, x = copy.deepcopy(net.state_dict()), torch.randn(X)
    given = x.clone()
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    check(net, "aH", x)
    assert net.training
    assert net.first.weight.dtype == torch.float32
    assert net.first.weight.grad is None
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(x, given)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.random.get_state()[1].tolist() == states[2]
    assert not net._forward_hooks
    assert net.calls == 0


def test_the_same_seed_gives_the_same_report():
    net, x = Between(lambda net, h: h.cumsum(1)), torch.randn(X)
    assert str(check(net, "aH", x)) == str(check(net, "aH", x))
    assert str(check(net, "aH", x)) != str(check(net, "aH", x, seed=1))


WRONG = {
    # a module, its symmetry, its inputs, what is said
    "shape": (nn.Linear(3, 3), "abH->aH", [(2, 4, 5, 3)], "its output has the shape (2, 4, 5, 3), not (2, 4, H)"),
    "batch": (nn.Flatten(0, 1), "aH->aH", [(2, 4, 3)], "its output has the shape (8, 3), not (2, 4, H)"),
    "length": (nn.Flatten(1, 2), "abH->aH", [(2, 4, 5, 3)], "its output has the shape (2, 20, 3), not (2, 4, H)"),
    "number": (nn.GRU(3, 4, batch_first=True), "aH", [(2, 4, 3)], "it returns 2 outputs, where 'aH' has 1"),
    "type": (nn.Flatten(), 3, [(2, 4)], "is not a text"),
    "no module": (torch.relu, "aH", [(2, 4, 3)], "no module"),
    "a class": (nn.ReLU, "aH", [(2, 4, 3)], "no module"),
    "does not run": (nn.Linear(5, 3), "aH", [(2, 4, 3)], "Linear does not run: RuntimeError"),
    "inputs": (nn.Linear(3, 3), "aH", [(2, 4, 3)] * 2, "2 inputs given, where 'aH' has 1"),
    "no input": (nn.Linear(3, 3), "aH", [], "0 inputs given, where 'aH' has 1"),
    "dimensions": (nn.Linear(3, 3), "abH", [(4, 3)], "too few dimensions for 'abH'"),
    "square": (nn.Linear(3, 3), "aaH", [(4, 5, 3)], "axis a has 4 values"),
    "group": (nn.Linear(3, 3), "arH", [(4, 2, 3)], "axis r has 3 values"),
    "batches": (nn.Bilinear(3, 3, 2), "aH,aH->aH", [(2, 4, 3), (5, 4, 3)], "do not go together"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_told_in_three_lines(name):
    module, symmetry, shapes, said = WRONG[name]
    axes = {"r": "O(3)"} if "r" in str(symmetry) else None
    with pytest.raises(symshare.SymshareError) as caught:
        check(module, symmetry, *map(torch.randn, shapes), axes=axes)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((4, 3)), "of type ndarray"),
        ([1.0], "of type list"),
        (None, "of type NoneType"),
        (torch.eye(3).to_sparse(), "sparse"),
    ],
)
def test_inputs_are_dense_tensors(given, said):
    with pytest.raises(CheckError, match=said):
        check(nn.Linear(3, 3), "aH", given)


def test_a_rotation_of_whole_numbers_is_refused():
    with pytest.raises(CheckError, match=r"'r' is torch.int64, but O\(3\) on axis r mixes values"):
        check(nn.Embedding(5, 2), "r->rH", torch.randint(5, (3,)), axes={"r": "O(3)"})


def test_lazy_modules_are_run_first():
    net = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
    with pytest.raises(CheckError, match="lazy parameters"):
        check(net, "aH", torch.randn(6, 3))
    net(torch.randn(6, 3))
    assert check(net, "aH", torch.randn(6, 3)).ok


OUTPUTS = {
    "a list": (lambda x: [x, x.sum(-2)], "aH->aH,H"),
    "a dict": (lambda x: {"one": x, "two": x.sum(-2)}, "aH->aH,H"),
    "a dict by name": (lambda x: {"two": x.sum(-2), "one": x, "more": "text"}, "aH->one:aH,two:H"),
    "nested": (lambda x: (x, (None, x.sum(-2))), "aH->aH,H"),
    "labels": (lambda x: x.argmax(-1), "aH->a"),
    "truth": (lambda x: x > 0, "aH"),
    "complex": (lambda x: torch.fft.fft(x), "aH"),
    "a number": (lambda x: x.sum((-1, -2)), "aH->"),
    "infinities": (lambda x: x.masked_fill(x > 0, -torch.inf), "aH"),
}


class Returns(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_of_many_kinds(name):
    function, text = OUTPUTS[name]
    assert check(Returns(function), text, torch.randn(X)).ok
    assert not check(Returns(lambda x: function(x.cumsum(-2))), text, torch.randn(X)).ok or text == "aH->H"


def test_values_that_are_no_numbers_break():
    report = check(Returns(lambda x: x * torch.nan), "aH", torch.randn(X))
    assert not report.ok
    assert report.errors["a"] != report.errors["a"]
    assert '"a": null' in report.to_json()
    rooted = check(Between(lambda net, h: h.clamp(max=-1).sqrt()), "aH", torch.randn(X))
    assert not rooted.ok
    assert (rooted.fault.operation, rooted.fault.after) == ("sqrt", "first")


def test_rounding_of_an_ill_conditioned_module_is_no_break():
    """A sum of 10^8 times as large numbers that cancel: the error is far above 1e-10, and is rounding."""

    def cancelling(x):
        return x + 1e9 * (x.sum(-2, keepdim=True) - (3 * x).sum(-2, keepdim=True) / 3)

    report = check(Returns(cancelling), "aH", torch.randn(2, 70, 3))
    assert report.ok, str(report)
    assert max(report.errors.values()) > 1e-10
    assert any("count as rounding" in note for note in report.notes)
    assert not check(Returns(lambda x: cancelling(x).cumsum(-2)), "aH", torch.randn(2, 70, 3)).ok


def test_lengths_that_a_module_does_not_take_are_fixed_sizes():
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Returns(lambda x: x.view(-1, 7, 5, 3).sum(2))

        def forward(self, x):
            return self.inner(x)

    report = check(Fixed(), "abH->aH", torch.randn(2, 7, 5, 3))
    assert report.ok
    assert len(report.trials) == 1
    assert any(note.startswith("a = 7: fixed size; 6 stops inner (Returns): RuntimeError") for note in report.notes)
    assert any(note.startswith("b = 5: fixed size") for note in report.notes)


def test_lengths_are_tried_that_tell_axes_apart():
    """Where all are equal, a transposition would not be seen as one."""

    class Turned(nn.Module):
        def forward(self, x):
            return x.mT

    assert not check(Turned(), "abH->abH", torch.randn(4, 5, 5)).ok
    report = check(Returns(lambda x: x.mean(-2)), "abH->aH", torch.randn(4, 4, 4, 4))
    assert {words.partition(": ")[2] for words in report.trials} == {"a = 4, b = 4", "a = 3, b = 2", "a = 5, b = 6"}


def test_what_only_other_parameters_break_is_said():
    report = check(Returns(lambda x: x), "aH", torch.randn(X))
    assert report.ok

    class Zero(nn.Module):
        def __init__(self):
            super().__init__()
            self.places = nn.Parameter(torch.zeros(7, 3))

        def forward(self, x):
            return x + self.places

    assert check(Zero(), "aH", torch.randn(X), redraw=False).ok
    report = check(Zero(), "aH", torch.randn(X))
    assert not report.ok
    assert any(note.startswith("as given it holds") for note in report.notes)
    kept = Zero()
    kept.places.requires_grad_(False)
    assert check(kept, "aH", torch.randn(X)).ok


def test_a_module_that_stops_for_a_moved_input_breaks():
    class Ordered(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Returns(self.refuse)

        @staticmethod
        def refuse(x):
            if bool((x[0, :, 0].diff() < 0).any()):
                raise ValueError("items are not in order")
            return x.mean(-2)

        def forward(self, x):
            return self.inner(x)

    report = check(Ordered(), "aH->H", torch.arange(42.0).view(2, 7, 3))
    assert not report.ok
    assert report.fault.module == "inner"
    assert "ValueError: items are not in order" in report.fault.words


def test_symmetric_matrices_stay_symmetric_at_other_lengths():
    """A decomposition that reads one triangle only is right for them."""

    class Spectrum(nn.Module):
        def forward(self, x):
            return torch.linalg.eigvalsh(x).exp().sum(-1)

    drawn = torch.randn(2, 7, 7)
    report = check(Spectrum(), "aa->", drawn + drawn.mT)
    assert report.ok, str(report)
    assert len(report.trials) == 3
