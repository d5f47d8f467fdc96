"""What a layer on supports is, written down term by term on dense tensors: an input counts as 0 off its support, a mean is
over the entries that the supports have, and an output is 0 off its own."""

import itertools

import torch


def dense(support, values, others=0):
    """Values on a support, with other axes after its pairs, as a dense tensor."""
    batch, last = values.shape[: -2 - others], values.shape[-1 - others :]
    whole = values.new_zeros((*batch, *support.sizes, *last))
    whole[(..., *support.index, *[slice(None)] * (others + 1))] = values
    return whole


def mask(support, lengths=()):
    """The pairs of a support, as ones in a matrix, repeated along other axes."""
    whole = dense(support, torch.ones(support.index.shape[1], 1, dtype=torch.float64))[..., 0]
    return whole[(..., *[None] * len(lengths))].expand(*support.sizes, *lengths)


def read(support, whole, others=0):
    """The values of a dense tensor on a support."""
    return whole[(..., *support.index, *[slice(None)] * (others + 1))]


def standardised(factors, labels, weights, axes, kept, mean):
    """Factors (.., *label, channels) of a product, one of them less its mean and over its root mean square: the first of
    those with most indices past its own sums. It comes back with the label and the weights that it then has.

    `weights` are those of the entries of each factor, None for ones; `axes` those of each letter's values.
    """
    left = [
        "".join(
            i for i in dict.fromkeys(own) if i in kept or any(i in one for at, one in enumerate(labels) if at != here)
        )
        for here, own in enumerate(labels)
    ]
    place = max(range(len(labels)), key=lambda at: (len(left[at]), -at))
    if not left[place]:
        return factors, labels, weights
    x, own, rest = factors[place], labels[place], left[place]
    w = torch.ones(x.shape[-1 - len(own) : -1], dtype=x.dtype) if weights[place] is None else weights[place]
    going = [i for i in dict.fromkeys(own) if i not in rest]
    more, given = "".join(f",...{i}" for i in going), [axes[i] for i in going]
    total = torch.einsum(f"...{own}{more}->...{rest}", w, *given)
    value = torch.einsum(f"...{own}Z,...{own}{more}->...{rest}Z", x, w, *given)
    if mean or not going:
        value = value / torch.where(total == 0, 1, total)[..., None]
    each = "".join(f",...{i}" for i in rest)
    shares = [axes[i] / axes[i].sum(-1, keepdim=True) for i in rest]
    part = torch.einsum(f"...{rest}{each}->...{rest}", total, *shares)
    part = part / torch.where((s := part.sum([*range(-len(rest), 0)], keepdim=True)) == 0, 1, s)
    where = tuple(range(-1 - len(rest), -1))
    value = value - (value * part[..., None]).sum(where, keepdim=True)
    value = torch.where(part[..., None] == 0, 0, value)
    value = value / ((value.square() * part[..., None]).sum(where, keepdim=True) + 1e-5).sqrt()
    found = [list(factors), list(labels), list(weights)]
    for some, new in zip(found, (value, rest, total if mean or not going else None), strict=True):
        some[place] = new
    return found


def on_diagonals(value, kept, out):
    """Values (.., *kept, channels) where the letters of `out` that are the same have the same value, zero elsewhere."""
    sizes = dict(zip(kept, value.shape[-1 - len(kept) : -1], strict=True))
    whole = value.new_zeros((*value.shape[: -1 - len(kept)], *(sizes[one] for one in out), value.shape[-1]))
    for places in itertools.product(*(range(sizes[one]) for one in kept)):
        at = dict(zip(kept, places, strict=True))
        whole[(..., *(at[one] for one in out), slice(None))] = value[(..., *places, slice(None))]
    return whole


def terms_summed(plan, weights, inputs, masks, out_masks, sizes):
    """The outputs of a plan's terms, of inputs (.., *axes, channels) and masks (.., *axes), one for each input and output."""
    own = {}
    for one in plan.parameters:
        own.setdefault((one.group, one.term), []).append(weights[f"{one.group}.{one.key}"])
    outputs = [0] * len(out_masks)
    for number, term in enumerate(plan.terms):
        places = [chr(ord("a") + index) for index in range(len(term.index_axes))]
        labels = ["".join(places[index] for index in indices) for indices in term.factor_indices]
        out = "".join(places[index] for index in term.output_indices)
        kept = "".join(dict.fromkeys(out))
        ones = [(letter, torch.ones(sizes[term.index_axes[ord(letter) - 97]], dtype=torch.float64)) for letter in kept]
        if term.order == 0:
            (value,) = own["bias", number]
            value = torch.einsum(f"Z{''.join(f',{one}' for one, _ in ones)}->{kept}Z", value, *(one for _, one in ones))
        else:
            factors = [inputs[factor] * masks[factor][..., None] for factor in term.factors]
            mixes = own.get(("factor", number))
            if mixes is not None:
                factors = [factor @ mix for factor, mix in zip(factors, mixes, strict=True)]
            mean, weigh = plan.choices.reduce == "mean", [masks[factor] for factor in term.factors]
            if plan.choices.normalise_factors and term.order > 1:
                axes = {
                    place: torch.ones(sizes[axis], dtype=torch.float64)
                    for place, axis in zip(places, term.index_axes, strict=True)
                }
                factors, labels, weigh = standardised(factors, labels, weigh, axes, kept, mean)
                weigh = [
                    torch.ones(factor.shape[-1 - len(one) : -1], dtype=torch.float64) if w is None else w
                    for w, factor, one in zip(weigh, factors, labels, strict=True)
                ]
                factors = [factor * w[..., None] for factor, w in zip(factors, weigh, strict=True)]
            (mix,) = own["mix", number]
            whole = mixes is None and term.order > 1  # an array over the channels of all factors
            ends = "STUV"[: len(factors)] if whole else "Z" * len(factors)
            spec = [f"...{one}{end}" for one, end in zip(labels, ends, strict=True)] + [letter for letter, _ in ones]
            spec = f"{','.join([*spec, *([ends + 'X'] if whole else [])])}->...{kept}{'X' if whole else 'Z'}"
            value = torch.einsum(spec, *factors, *(one for _, one in ones), *([mix] if whole else []))
            if mean:
                spec = ",".join([*labels, *(letter for letter, _ in ones)])
                count = torch.einsum(f"{spec}->{kept}", *weigh, *(one for _, one in ones))
                value = value / count.clamp(min=1)[..., None]
            value = value if whole else value @ mix
        if len(out) > len(kept):
            value = on_diagonals(value, kept, out)
        outputs[term.output] = outputs[term.output] + value * out_masks[term.output][..., None]
    return outputs
