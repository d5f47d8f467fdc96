"""Terms under any group straight from their definition, and random elements of each group, made from what the group is."""

from fractions import Fraction
from itertools import permutations, product
from math import prod

import numpy as np
from scipy.linalg import expm


def number(value):
    """An exact entry of a constant tensor as a float."""
    if isinstance(value, int | float | Fraction):
        return float(value)
    return sum(float(factor) * float(radicand) ** 0.5 for radicand, factor in value.parts)


def filled(constant):
    """A constant tensor as an array; offsets are 1 where each index is the first one plus its distance."""
    full = np.zeros(constant.shape)
    for place, entry in constant.entries:
        full[place] = number(entry)
    for start in range(constant.shape[0] if constant.offsets else 0):
        full[tuple((start + distance) % constant.shape[0] for distance in constant.offsets)] = 1
    return full


def value(term, operands, sizes):
    """A term straight from its definition: one loop over every value of every index; arrays may have one last axis of points.

    `operands` has one array for each factor, its axes those of the tensor without channels.
    """
    signature = term.signature
    lengths = [sizes[letter] for letter in term.index_axes]
    grid = np.indices(lengths) if lengths else np.zeros((0,))
    whole = np.ones((*lengths, 1))
    for array, tensor, indices, latent_values in zip(
        operands, term.factor_tensors, term.factor_indices, term.factor_latents, strict=True
    ):
        whole = whole * array[places(signature, tensor, grid, indices, latent_values)]
    for constant, indices in term.constants:
        whole = whole * filled(constant)[tuple(grid[index] for index in indices)][..., None]
    tensor = term.output_tensor
    found = np.zeros((*shape_of(signature, tensor, sizes), whole.shape[-1]))
    whole = np.broadcast_to(whole, (*lengths, whole.shape[-1]))
    where = places(signature, tensor, grid, term.output_indices, term.output_latents)
    if not any(isinstance(one, np.ndarray) for one in where):
        found[where] = whole.reshape(-1, whole.shape[-1]).sum(axis=0)
        return found
    np.add.at(found, where, whole)
    return found


def whole(term, operands, sizes, entry=lambda value: value):
    """The same at one point in exact numbers; `operands` are arrays of Python integers, `entry` reads those of constants."""
    constants = [(dict(constant.nonzeros), indices) for constant, indices in term.constants]
    signature, output = term.signature, term.output_tensor
    found = np.zeros(shape_of(signature, output, sizes), dtype=object)
    read = list(zip(operands, term.factor_tensors, term.factor_indices, term.factor_latents, strict=True))
    for chosen in product(*(range(sizes[letter]) for letter in term.index_axes)):
        value = 1
        for cells, indices in constants:
            value *= entry(cells.get(tuple(chosen[index] for index in indices), 0))
        for array, tensor, indices, latent_values in read:
            value *= array[places(signature, tensor, chosen, indices, latent_values)]
        found[places(signature, output, chosen, term.output_indices, term.output_latents)] += value
    return found


def places(signature, tensor, grid, indices, latent_values):
    """Where a tensor is read or written for every value of every index."""
    left, chosen = iter(indices), iter(latent_values)
    sized = [letter for letter in tensor.axes if letter[0].islower() or signature.size(letter) is not None]
    return tuple(grid[next(left)] if letter[0].islower() else next(chosen) for letter in sized)


def shape_of(signature, tensor, sizes):
    return [sizes[letter] for letter in tensor.axes if letter[0].islower() or signature.size(letter) is not None]


def axes_of(signature, tensor):
    return [letter for letter in tensor.axes if letter[0].islower() or signature.size(letter) is not None]


def _special(matrix):
    if np.linalg.det(matrix) < 0:
        matrix = matrix.copy()
        matrix[0] *= -1
    return matrix


def _rotation(size, random):
    return np.linalg.qr(random.normal(size=(size, size)))[0]


def _form(p, q):
    return np.diag([1.0] * p + [-1.0] * q)


def _boosted(p, q, random):
    skew = random.normal(size=(p + q, p + q)) / 2
    return expm(_form(p, q) @ (skew - skew.T))


def _pseudo(p, q, kind, random):
    """Signs on the first coordinate of each kind reach every component."""
    signs = {"O": random.choice([-1, 1], size=2), "SO": [random.choice([-1, 1])] * 2, "SO+": [1, 1]}[kind]
    flip = np.eye(p + q)
    flip[0, 0], flip[p, p] = signs
    return flip @ _boosted(p, q, random)


def _symplectic(size, random):
    half = size // 2
    form = np.block([[np.zeros((half, half)), np.eye(half)], [-np.eye(half), np.zeros((half, half))]])
    symmetric = random.normal(size=(size, size)) / 3
    return expm(form @ (symmetric + symmetric.T))


def _complex(size, special, random):
    matrix = np.linalg.qr(random.normal(size=(size, size)) + 1j * random.normal(size=(size, size)))[0]
    if special:
        matrix = matrix / np.linalg.det(matrix) ** (1 / size)
    return np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])


def _general(size, special, random):
    matrix = expm(random.normal(size=(size, size)) / 2)
    return matrix / np.linalg.det(matrix) ** (1 / size) if special else matrix @ np.diag(random.choice([-1, 1], size))


def _turn(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _permuted(size, random):
    return np.eye(size)[random.permutation(size)]


def _cube(random):
    while True:
        matrix = _permuted(3, random) * random.choice([-1, 1], size=(3, 1))
        if np.linalg.det(matrix) > 0:
            return matrix


def element(name, random):
    """A random element of a named group as a float matrix."""
    family, _, rest = name.partition("(")
    numbers = [int(one) for one in rest.rstrip(")").split(",")] if rest else []
    if family in ("O", "SO", "SO+") and len(numbers) == 2:
        return _pseudo(*numbers, family, random)
    n = numbers[0] if numbers else 0
    power = int(random.integers(1, 1000))
    made = {
        "S": lambda: _permuted(n, random),
        "C": lambda: np.roll(np.eye(n), power, axis=0),
        "D": lambda: np.roll(np.eye(n)[:: random.choice([-1, 1])], power, axis=0),
        "B": lambda: _permuted(n, random) * random.choice([-1, 1], size=(n, 1)),
        "O": lambda: _rotation(n, random) * random.choice([-1, 1]),
        "SO": lambda: _special(_rotation(n, random)),
        "Lorentz": lambda: _pseudo(1, 3, "O", random),
        "Sp": lambda: _symplectic(n, random),
        "GL": lambda: _general(n, False, random),
        "SL": lambda: _general(n, True, random),
        "U": lambda: _complex(n, False, random),
        "SU": lambda: _complex(n, True, random),
        "PlaneC": lambda: _turn(2 * np.pi * power / n),
        "PlaneD": lambda: _turn(2 * np.pi * power / n) @ np.diag([1, random.choice([-1, 1])]),
        "Cube": lambda: _cube(random),
        "Trivial": lambda: np.eye(n),
        "Scale": lambda: np.diag(random.uniform(0.5, 2.0) ** np.array(numbers, dtype=float)),
    }
    return made[family]()


def move(signature, axes, sizes, random, words):
    """A random element for every axis: named groups, duals, words in custom generators, else a permutation.

    `words` gives the generators of custom axes: `{"st": [{"s": matrix, "t": matrix}, ..]}`.
    """
    found = {}
    for letter in signature.set_axes:
        group = axes.get(letter)
        if isinstance(group, str) and not group.startswith("dual"):
            found[letter] = element(group, random)
        elif group is None:
            found[letter] = _permuted(sizes[letter], random)
    for letters, generators in words.items():
        for letter in letters:
            found[letter] = np.eye(sizes[letter])
        for _ in range(6):
            chosen = generators[int(random.integers(len(generators)))]
            for letter in letters:
                found[letter] = np.array(chosen.get(letter, np.eye(sizes[letter]))) @ found[letter]
    for letter, group in axes.items():
        if isinstance(group, str) and group.startswith("dual"):
            found[letter] = np.linalg.inv(found[group[5]]).T
    return found


def act(matrices, signature, tensor, array):
    """A group element on a tensor whose last axis numbers points."""
    for place, letter in enumerate(axes_of(signature, tensor)):
        if letter in matrices:
            array = np.moveaxis(np.tensordot(matrices[letter], array, (1, place)), 0, place)
    return array


def draw(signature, sizes, copies, points, random):
    return [
        [random.normal(size=(*shape_of(signature, tensor, sizes), points)) for tensor in signature.inputs]
        for _ in range(copies)
    ]


def operands(term, at):
    return [at[place % len(at)][which] for place, which in enumerate(term.factors)]


def rank(rows):
    """The rank of float rows, where the gap between what counts and what is zero is clear."""
    if not len(rows):
        return 0
    rows = np.array(rows)
    found = np.linalg.svd(rows / np.linalg.norm(rows, axis=1, keepdims=True), compute_uv=False)
    assert not np.any((found > 1e-10) & (found < 1e-6)), "no clear gap"
    return int(np.sum(found >= 1e-6))


def row(term, at, sizes):
    """The values of a term, with zeros on the other outputs."""
    points = at[0][0].shape[-1]
    parts = [
        np.broadcast_to(
            value(term, operands(term, at), sizes), (*shape_of(term.signature, tensor, sizes), points)
        ).ravel()
        if which == term.output
        else np.zeros(prod(shape_of(term.signature, tensor, sizes)) * points)
        for which, tensor in enumerate(term.signature.outputs)
    ]
    return np.concatenate(parts)


def exchanged_rows(term, at, sizes):
    """The values of a term for every exchange of equal factors; each reads its input from a copy of points of its own."""
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    return [
        row(term, [at[copy] for copy in copies], sizes)
        for copies in permutations(range(term.order))
        if all(kinds[place] == kinds[copy] for place, copy in enumerate(copies))
    ]
