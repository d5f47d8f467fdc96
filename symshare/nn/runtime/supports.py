"""What is found out about the pairs of a support once, and kept with it."""

import torch

# What follows travels with emitted files.


def _lengths(sizes) -> tuple[int, int]:
    """How many values the two axes of a support have."""
    found = [one for one in sizes if hasattr(one, "__index__")]
    if len(found) != len(sizes) or len(found) != 2 or min(map(int, found)) < 0:
        raise ValueError(f"a support has two whole numbers of values, not {sizes!r}")
    return int(found[0]), int(found[1])


def _pair_keys(index, sizes) -> torch.Tensor:
    """One number for each pair."""
    return index[0] * sizes[1] + index[1]


def _first_places(support) -> tuple[torch.Tensor, torch.Tensor]:
    """Where each pair stands first, and for each edge the number of its pair among these."""
    keys = _pair_keys(support.index, support.sizes)
    _, number = torch.unique(keys, return_inverse=True)
    edges = torch.arange(len(keys), device=keys.device)
    count = int(number.max()) + 1 if len(keys) else 0
    first = keys.new_full((count,), len(keys)).scatter_reduce(0, number, edges, "amin")
    first, order = first.sort()
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order), device=order.device)
    return first, rank[number]


def _without_slopes(index) -> torch.Tensor:
    """Whole numbers without what torch.func wraps them in to derive by others: a support that
    is made in a loss outlives its derivative."""
    inner = torch._C._functorch
    while not _is_written_down() and inner.is_gradtrackingtensor(index):
        index = inner.get_unwrapped(index)
    return index


def _is_written_down() -> bool:
    """Whether torch.compile reads the steps, and runs none."""
    return torch.compiler.is_dynamo_compiling()


@torch.inference_mode(False)  # what is kept serves training too
def _apart(find, on, *given) -> tuple:
    """What a function finds out about a support, outside the transforms of torch.func and the
    modes of the call that is first: what is kept is no part of these."""
    inner = torch._C._functorch
    if _is_written_down() or inner.is_functorch_wrapped_tensor(on.index):
        return find(on, *given)
    cleared = torch._functorch.pyfunctorch.temporarily_clear_interpreter_stack
    with cleared(), torch.utils._python_dispatch._disable_current_modes():
        return find(on, *given)


def _once(support, key, find, *given) -> tuple:
    """What a function finds out about a support, found once."""
    if key not in support.kept:
        support.kept[key] = _apart(find, support, *given)
    return support.kept[key]


def _sorted_pairs(support) -> tuple[torch.Tensor, torch.Tensor]:
    """The numbers of all pairs in order, and the edges that have them; each pair once."""
    return _once(support, "sorted", _pairs_in_order)


def _pairs_in_order(support) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, found."""
    keys, order = _pair_keys(support.index, support.sizes).sort()
    same = keys[1:] == keys[:-1]
    if bool(same.any()):
        edge = order[1:][same][0]
        pair = tuple(support.index[:, edge].tolist())
        raise ValueError(
            f"support has the pair {pair} more than once; take "
            "support.without_duplicates(), and support.merged(values) for its values"
        )
    return keys, order


def _found(support, rows, columns) -> tuple[torch.Tensor, torch.Tensor]:
    """The edges of pairs, and whether there are any (else 0)."""
    keys, order = _sorted_pairs(support)
    wanted = rows * support.sizes[1] + columns
    if len(keys) == 0:
        return torch.zeros_like(wanted), torch.zeros_like(wanted, dtype=torch.bool)
    place = torch.searchsorted(keys, wanted).clamp(max=len(keys) - 1)
    inside = (rows < support.sizes[0]) & (columns < support.sizes[1])
    return order[place], (keys[place] == wanted) & inside


def _supports(support, device, sizes: dict, *tensors: tuple) -> list:
    """The support of each sparse tensor (its name, and names for the lengths of its axes),
    from one for all or from a dict; `sizes` gets the lengths."""
    found: list = []
    for name, axes in tensors:
        own = support
        if isinstance(support, dict):
            if name not in support:
                raise ValueError(f"support has no {name!r}; give one for it")
            own = support[name]
        if not all(hasattr(own, one) for one in ("index", "sizes", "graphs", "kept")):
            kind = type(own).__name__
            raise TypeError(
                f"support of {name} is a {kind}; give Support.from_edge_index(index, n)"
            )
        if own.index.device != device:
            raise ValueError(
                f"support is on {own.index.device}, values on {device}: move it with to()"
            )
        for axis, length in zip(axes, own.sizes):
            if sizes.setdefault(axis, length) != length:
                raise ValueError(
                    f"support of {name} has sizes {own.sizes}, and {axis} = {sizes[axis]}"
                    " in another place"
                )
        if found and own.number != found[0].number:
            raise ValueError("supports have different numbers of graphs")
        _sorted_pairs(own)
        found.append(own)
    return found


def _one_support(first: tuple, *others: tuple):
    """The support of tensors whose hidden values are the same; refused where they have several."""
    for name, one in others:
        own = first[1]
        if one is not own and (
            one.sizes != own.sizes or not torch.equal(one.index, own.index)
        ):
            raise ValueError(
                f"{first[0]} and {name} share their hidden values, and have two supports; "
                "give one for both, with the pairs of either"
            )
    return first[1]
