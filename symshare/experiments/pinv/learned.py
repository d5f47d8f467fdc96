"""The network that learns an iteration: one state beside the input, the pooling `ab,cb,cd->ad`, the same in every round.

Four things make it hold beyond what it was trained on. Its state begins with a disturbance in half of the cases: else
orders of factors are learned under which rounding errors grow from round to round. The scale of inputs is varied: else the
singular values of other sizes fall out of what was learned. Few numbers in curved valleys are no matter for Adam alone:
L-BFGS in double precision ends the training. What is kept is chosen over more rounds and other sizes of generated matrices.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch

from symshare.experiments.harness.training import Context, Recipe, fit, stream
from symshare.experiments.pinv.matrices import SHAPES, errors, matrices
from symshare.nn import EinNet

__all__ = ["Learner", "derivatives", "iteration", "rounds_of", "train"]

LONG = 24
"""The most rounds of late steps: three times those that are judged first."""
VALIDATED = (8, 12, 48)
"""The rounds after which a model is validated."""
MOST_ITERATIONS = 150
"""Of L-BFGS; of a training of fewer steps as many as these."""
POLISHED = (12, 16)
"""The rounds over which the training ends, one of them by choice."""
SHORT = (4, 12)
"""Rounds of early steps, drawn between these."""
EARLY = 8
"""From this round on all count alike; before it less."""
DISTURBED = 0.3
"""How far the state is moved at the start, as a share of its root mean square."""
STRETCHED = (-0.2, 0.45)
"""The logarithms of the scales of inputs: singular values lie further apart at other sizes, mostly above at smaller ones."""
FLOOR, LOST = 1e-11, 1e6
"""Squared errors that are as good as none, and from which on a round teaches nothing."""


def iteration(rank: int = 4, device: torch.device | None = None) -> torch.nn.Module:
    """The network, without constants and sums: an odd map, as the pseudo-inverse is.

    >>> sum(parameter.numel() for parameter in iteration().parameters() if parameter.requires_grad)
    42
    """
    model = EinNet(
        *("abH", 1, 1, 1, rank, 1),
        order=3,
        poolings=("ab->ab", "ab,cb,cd->ad"),
        rounds=8,
        reduce="sum",
        normalise_factors=False,
        nonlinearity=None,
        inject=True,
        scaled=-1,
        device=device,
    )
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name == "lift.bias" or ".bias." in name or (name.startswith("head.") and "ab__ab" not in name):
                value.zero_().requires_grad_(False)
            elif ".factor." in name:
                value.normal_().mul_(2**-0.5)
            elif name.startswith("layers."):
                value.normal_().mul_(0.2 * rank**-0.5)
            else:
                value.normal_().abs_()
    return model


def rounds_of(model: torch.nn.Module, x: torch.Tensor, hidden: torch.Tensor, rounds: int) -> Iterator[torch.Tensor]:
    """The outputs after each round from a state, for matrices (.., a, b, 1) of size about one."""
    layer: Any = model.layers
    read: Any = model.head
    for _ in range(rounds):
        for one in layer:
            hidden = hidden + one(torch.cat([hidden, x], -1))
        yield read(hidden)[..., 0]


def train(
    context: Context, model: torch.nn.Module, recipe: Recipe, number: int = 200, held: int | None = None
) -> dict[str, Any]:
    """Train on matrices of one size, so many at the end; of the ways to end it the one with the best validation is kept, on so
    many matrices `held` of each size, or on all."""
    learner = Learner(context, recipe.steps, held=held)
    fitted = fit(context.share(0, 0.5, kept=True), model, learner.loss, recipe, validate=learner.score)
    scores, states = {"0": learner.score(model)}, {"0": copy.deepcopy(model.state_dict())}
    for place, rounds in enumerate(POLISHED):
        context.tell(0.5 + 0.25 * place, f"the end over {rounds} rounds, validation {min(scores.values()):.4g}")
        model.load_state_dict(states["0"])
        learner.polish(model, rounds, number, min(MOST_ITERATIONS, recipe.steps))
        scores[str(rounds)], states[str(rounds)] = learner.score(model), copy.deepcopy(model.state_dict())
    best = min(scores, key=scores.__getitem__)
    model.load_state_dict(states[best])
    return {
        "fitted": fitted.to_dict(),
        "ended": {"rounds": int(best), "scores": scores},
        "parameters": sum(one.numel() for one in model.parameters() if one.requires_grad),
    }


class Learner:
    """The loss of a step, the end of a training, and the score of a model."""

    def __init__(self, context: Context, steps: int, batch: int = 50, held: int | None = None) -> None:
        self.steps, self.batch, self.device, self.seed = steps, batch, context.device, context.seed
        self.x = matrices("train", seed=context.seed).to(context.device)
        kept = [matrices("validation", shape, seed=context.seed, number=held) for shape in SHAPES]
        self.held = [one.to(context.device) for one in kept]

    def loss(self, model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        """The loss of the batch of a step."""
        chosen = torch.randperm(len(self.x), generator=generator)[: self.batch].to(self.device)
        least, most = (SHORT[0], LONG) if 2 * step > self.steps else SHORT
        rounds = int(torch.randint(least, most + 1, (1,), generator=generator))
        disturbed = torch.full((self.batch, 1, 1, 1), float(torch.rand(1, generator=generator) < 0.5))
        return _loss(model, _drawn(self.x[chosen], generator), disturbed.to(self.device), rounds, generator)

    def polish(self, model: torch.nn.Module, rounds: int, number: int, iterations: int) -> None:
        """End the training on some matrices: L-BFGS, with the same draws at every evaluation."""
        x = _drawn(self.x[:number], stream(self.seed, 0)).double()
        disturbed = (torch.arange(len(x), device=self.device) % 2)[:, None, None, None].double()
        model.double()
        moved = [one for one in model.parameters() if one.requires_grad]
        optimiser = torch.optim.LBFGS(
            moved, max_iter=iterations, history_size=40, tolerance_change=1e-12, line_search_fn="strong_wolfe"
        )

        def closure() -> torch.Tensor:
            optimiser.zero_grad()
            value = _loss(model, x, disturbed, rounds, stream(self.seed, 1))
            value.backward()  # type: ignore[no-untyped-call]  # torch gives no types
            return value

        optimiser.step(closure)  # type: ignore[no-untyped-call]  # torch gives no types
        model.float()

    @torch.no_grad()
    def score(self, model: torch.nn.Module) -> float:
        """The mean error after 8, 12 and 48 rounds, and half of the worst after 8, on held-out matrices of every size."""
        found = 0.0
        for x in self.held:
            every = model(x[..., None], rounds=VALIDATED[-1], every=True)[..., 0]
            each = [errors(every[number - 1], x).nan_to_num(LOST).clamp(max=LOST) for number in VALIDATED]
            found += sum(one.mean().item() for one in each) + each[0].max().item() / 2
        return found / len(self.held)


def _drawn(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Matrices at sizes about one."""
    low, high = STRETCHED
    spread = torch.exp(low + (high - low) * torch.rand(len(x), 1, 1, generator=generator))
    found: torch.Tensor = x / torch.linalg.matrix_norm(x)[:, None, None] * spread.to(x.device)
    return found


def _loss(
    model: torch.nn.Module, x: torch.Tensor, disturbed: torch.Tensor, rounds: int, generator: torch.Generator
) -> torch.Tensor:
    """The mean over rounds of the logarithm of the root mean square, over matrices, of the squared error, so that the worst
    weigh most; far more where later rounds would overflow."""
    lift: Any = model.lift
    hidden = lift(x[..., None])
    noise = DISTURBED * disturbed * torch.randn(hidden.shape, generator=generator).to(hidden)
    hidden = hidden + noise * hidden.detach().square().mean().sqrt()
    identity, total = torch.eye(x.shape[-2]).to(hidden), torch.zeros(()).to(hidden)
    for number, y in enumerate(rounds_of(model, x[..., None], hidden, rounds), 1):
        square = (y @ x.mT - identity).square().mean((-1, -2))
        fourth = (square.clamp(max=LOST) + FLOOR).square().mean()
        total = total + min(1.0, number / EARLY) * torch.log(fourth) / 2
        if not square.max() < LOST:
            return total / number + rounds - number
    return total / rounds


def derivatives(model: torch.nn.Module, x: torch.Tensor) -> dict[str, float]:
    """By how much one round multiplies a small change of the state at the pseudo-inverse of one matrix (a, b): at most where
    rows of the change lie in the row space of the matrix, and at most outside of it."""
    x = (x / torch.linalg.matrix_norm(x)).double()
    weights: Any = model.head
    head = weights.mix["ab__ab"].detach().double().item()
    layer: Any = model.layers[0]  # type: ignore[index]  # a ModuleList
    double = {name: value.double() for name, value in layer.state_dict().items()}
    fixed = torch.linalg.pinv(x).mT / head

    def advanced(flat: torch.Tensor) -> torch.Tensor:
        hidden = flat.reshape(*x.shape, 1)
        added: torch.Tensor = torch.func.functional_call(layer, double, (torch.cat([hidden, x[..., None]], -1),))
        return (hidden + added).flatten()

    matrix = torch.func.jacrev(advanced)(fixed.flatten())
    rows = torch.linalg.pinv(x) @ x
    inside = torch.kron(torch.eye(x.shape[0], dtype=x.dtype), rows)
    outside = torch.eye(len(inside), dtype=x.dtype) - inside
    return {
        "inside": torch.linalg.eigvals(inside @ matrix @ inside).abs().max().item(),
        "outside": torch.linalg.eigvals(outside @ matrix @ outside).abs().max().item(),
    }
