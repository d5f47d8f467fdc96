"""Polynomial networks by their definition, in sympy: layer by layer, multiplied out as expressions."""

import itertools

import sympy


def layers(network):
    """A matrix of symbols for each layer, and the products that its columns stand for."""
    power = network.degree if network.form == "full" else 1
    for number, (inputs, units) in enumerate(itertools.pairwise(network.widths)):
        first = 0 if network.constant else 1
        columns = list(itertools.product(range(first, inputs + 1), repeat=power))
        matrix = [[sympy.Symbol(f"w{number}_{unit}_{at}") for at in range(len(columns))] for unit in range(units)]
        yield matrix, columns


def outputs(network, at=None):
    """The outputs as expressions in x1, x2, ..; `at` gives the weights in their order, symbols otherwise."""
    given = iter(at) if at is not None else None
    values = list(sympy.symbols(f"x1:{network.widths[0] + 1}"))
    for number, (matrix, columns) in enumerate(layers(network)):
        if number and network.form == "linear":
            values = [sum(sympy.Rational(c) * v**k for k, c in enumerate(network.activation)) for v in values]
        inputs = [1, *values]
        products = [sympy.prod([inputs[place] for place in column]) for column in columns]
        rows = matrix if given is None else [[next(given) for _ in row] for row in matrix]
        values = [sum(weight * one for weight, one in zip(row, products, strict=True)) for row in rows]
    return [sympy.expand(value) for value in values]


def symbols(network):
    """The weights in their order."""
    return [weight for matrix, _ in layers(network) for row in matrix for weight in row]


def is_equivariant(network, weights, moves):
    """Whether f(g x) and g f(x) are one polynomial, for permutations given as `(images of inputs, of outputs)`."""
    variables = sympy.symbols(f"x1:{network.widths[0] + 1}")
    found = outputs(network, weights)
    for inner, outer in moves:
        moved = {variables[image]: variables[place] for place, image in enumerate(inner)}
        for place, image in enumerate(outer):
            if sympy.expand(found[image].subs(moved, simultaneous=True) - found[place]) != 0:
                return False
    return True
