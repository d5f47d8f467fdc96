"""What a layer on supports is, written down term by term on dense tensors: an input counts as 0 off its support, a mean is
over the entries that the supports have, and an output is 0 off its own."""

import torch


def dense(support, values):
    """Values on a support as a dense tensor."""
    whole = values.new_zeros((*values.shape[:-2], *support.sizes, values.shape[-1]))
    whole[..., support.index[0], support.index[1], :] = values
    return whole


def mask(support):
    """The pairs of a support, as ones in a matrix."""
    return dense(support, torch.ones(support.index.shape[1], 1, dtype=torch.float64))[..., 0]


def read(support, whole):
    """The values of a dense tensor on a support."""
    return whole[..., support.index[0], support.index[1], :]


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
            spec = ",".join([f"...{one}Z" for one in labels] + [letter for letter, _ in ones])
            value = torch.einsum(f"{spec}->...{kept}Z", *factors, *(one for _, one in ones))
            if plan.choices.reduce == "mean" and term.averaged_indices:
                spec = ",".join([*labels, *(letter for letter, _ in ones)])
                count = torch.einsum(f"{spec}->{kept}", *(masks[f] for f in term.factors), *(one for _, one in ones))
                value = value / count.clamp(min=1)[..., None]
            (mix,) = own["mix", number]
            value = value @ mix
        if len(out) > len(kept):
            value = torch.diag_embed(value.movedim(-1, -2)).movedim(-3, -1)
        outputs[term.output] = outputs[term.output] + value * out_masks[term.output][..., None]
    return outputs
