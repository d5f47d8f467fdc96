"""What a layer must compute, straight from the definition of its terms."""

from __future__ import annotations

import numpy as np

from symshare import Term, evaluate


def random_parameters(plan, channels, random):
    """A random array for each parameter of a plan; `channels` gives the length of in0, out0, rank, .."""
    return {
        one.name: random.normal(size=[channels.get(str(name), name) for name in one.shape]) for one in plan.parameters
    }


def layer_values(plan, parameters, inputs, sizes):
    """The outputs of a layer: for each term its value times its coefficients, which stand in the plan's order."""
    channels_out = {}
    weights = iter(parameters[one.name] for one in plan.parameters)
    plain = plan.signature.without_latents()
    batch = inputs[0].shape[: inputs[0].ndim - 1 - len(plan.signature.inputs[0].set_axes)]
    totals = {}
    for term in plan.terms:
        bare = Term(plain, term.output, term.factors, term.output_indices, term.factor_indices, (), ((),) * term.order)
        operands = [np.moveaxis(inputs[number], -1, 0) for number in term.factors]

        def value(*arrays, term=bare):
            return evaluate(term, *arrays, sizes=sizes, reduce=plan.choices.reduce)

        if term.order == 0:
            vector = next(weights)
            found = value()[..., None] * vector
        elif term.order == 1:
            matrix = next(weights)
            found = np.moveaxis(value(*operands), 0, -1) @ matrix
        elif plan.choices.coefficients == "rank":
            mixed = [np.moveaxis(inputs[number] @ next(weights), -1, 0) for number in term.factors]
            matrix = next(weights)
            found = np.moveaxis(value(*mixed), 0, -1) @ matrix
        else:
            array = next(weights)
            found = sum(
                value(*(operand[channel] for operand, channel in zip(operands, place, strict=True)))[..., None]
                * array[place]
                for place in np.ndindex(array.shape[:-1])
            )
        channels_out[term.output] = found.shape[-1]
        totals[term.output] = totals.get(term.output, 0) + found
    shapes = [tuple(sizes[letter] for letter in tensor.set_axes) for tensor in plan.signature.outputs]
    return [
        np.broadcast_to(totals[number], (*batch, *shape, channels_out[number])) for number, shape in enumerate(shapes)
    ]


CASES = [
    # signature, order, options of derive, options of plan
    ("abH", 1, {}, {}),
    ("abH", 1, {}, {"reduce": "sum"}),
    ("aaH", 1, {}, {}),
    ("ab", 2, {}, {}),
    ("ab", 2, {}, {"coefficients": "full"}),
    ("aa", 2, {}, {}),
    ("aa->a", 2, {}, {"coefficients": "full", "reduce": "sum"}),
    ("abH->H", 2, {}, {}),
    ("ab->", 3, {}, {}),
    ("abc->cba", 1, {}, {}),
    ("aab->ba", 1, {}, {}),
    ("ab,b->ab", 2, {}, {}),
    ("W:ba,b:b,V:cb->V:cb,b:b", 1, {}, {}),
    ("a->bb", 2, {}, {}),
    ("a->bab", 1, {}, {"reduce": "sum"}),
    ("->ab", 2, {}, {}),
    ("aa->", 2, {}, {}),
    ("ab->a", 3, {}, {"coefficients": "full"}),
    ("abab->ab", 1, {"depends": ["a->b"]}, {}),
    ("ab", 2, {"depends": ["a->b"]}, {}),
    ("abab", 1, {"depends": ["a->b"]}, {}),
    ("abcH->ab", 1, {"depends": ["a->b", "b->c"]}, {}),
    ("ab", 2, {"sizes": {"a": 2, "b": 2}}, {}),
    ("self:ab,torch:b,y:a->y:a", 1, {}, {}),
    ("t1:ab,n_a:b,x:a->x:ab,rank:a", 2, {}, {}),
    ("ab->bbaa", 1, {}, {}),
]
