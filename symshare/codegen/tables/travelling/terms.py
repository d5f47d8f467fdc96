"""The terms of a layer that is written as tables, listed as its file lists them itself; no torch is needed."""

from __future__ import annotations

from symshare.core.terms.index_names import _index_names

# What follows travels with emitted files.


def _meetings(tensors: dict, forms: dict, side: int) -> dict:
    """For some axes the tensors, with a form each, whose values have these. In a form like
    "ij->i" one side has the indices of the tensor (0: the left), the other the value's."""
    found: dict = {}
    for kind, own in forms.items():
        for name, (one, *axes) in tensors.items():
            for form in own if one == kind else ():
                halves = form.split("->")
                met = [axes[halves[side].index(i)] for i in halves[1 - side]]
                found.setdefault(tuple(met), []).append((name, form))
    return found


def _terms(
    inputs: dict, outputs: dict, read: dict, written: dict, words: bool, channels: tuple
) -> list:
    """The terms in order: the text, the key of the weights, the axes on which an input and
    an output meet, the number of each among those that meet there (-1: a constant). All
    tensors have their axes of `channels` last, or these are all axes of inputs and outputs."""
    sources, targets = _meetings(inputs, read, 0), _meetings(outputs, written, 1)
    present = {
        one for _, *axes in (*inputs.values(), *outputs.values()) for one in axes
    }
    whole = channels if channels and isinstance(channels[0], dict) else ()
    present |= {one for side in whole for axes in side.values() for one in axes}
    present |= set() if whole else {*channels}
    found = []
    for met, pairs in targets.items():
        own = [*enumerate(sources.get(met, ()))]
        for column, target in enumerate(pairs):
            for row, source in own if met else [(-1, ("", "->")), *own]:
                one = _term(inputs, outputs, source, target, present, words, channels)
                found.append((*one, met, row, column))
    listed, taken = [], set()
    for _, text, group, wanted, *rest in sorted(found):
        key, number = wanted, 1
        while key in taken or (len(key) > 4 and key[:2] == "__" == key[-2:]):
            key, number = f"{wanted}_{number + 1}", number + 1
        taken.add(key)
        listed.append((text, f"{group}.{key}", *rest))
    return listed


def _term(
    inputs: dict, outputs: dict, source, target, present: set, words: bool, channels
) -> tuple:
    """The place of a term among all, its text, and the group and the key of its weights."""
    (name, form), (out, put) = source, target
    (slots, value), (kept, new) = form.split("->"), put.split("->")
    letters = [value[kept.index(i)] if i in kept else i + "'" for i in new]
    index = {i: n for n, i in enumerate(dict.fromkeys([*slots, *letters]))}
    ends = [([index[i] for i in slots], inputs, name)] if name else []
    ends.append(([index[i] for i in letters], outputs, out))
    axes = {n: axis for own, side, one in ends for n, axis in zip(own, side[one][1:])}
    names = _index_names([axes[n] for n in range(len(index))], {}, present, words)
    texts, keys, numbers = [], [], []
    for own, side, one in ends:
        shown = [names[n] for n in own]
        told = [names[n] for n in own if axes[n][0].islower()] or shown
        texts.append(
            _spelled(_among(shown, side is outputs, one, channels, side), words)
        )
        keys.append(f"{one}_" * (len(side) > 1) + ("_" if words else "").join(told))
        numbers.append([*side].index(one))
    left, group = (texts[0] or "()", "mix") if name else ("", "bias")
    order = (len(ends), *numbers[::-1], *(own for own, *_ in ends))
    key = f"{keys[0] if name else ''}__{keys[-1]}"
    return order, f"{left}->{texts[-1]}", group, key


def _among(
    shown: list, after: bool, name: str, channels: tuple, tensors: dict
) -> tuple:
    """The indices of a tensor among its axes of channels."""
    if not (channels and isinstance(channels[0], dict)):
        return (*shown, *channels)
    own, rest = tensors[name][1:], iter(shown)
    return tuple(next(rest) if i in own else i for i in channels[after][name])


def _spelled(names: tuple, words: bool) -> str:
    """Indices as they are written: letters side by side, words in parentheses."""
    return f"({' '.join(names)})" if words and names else "".join(names)
