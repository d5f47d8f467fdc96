"""The pairs that a sparse tensor has values on, and what is found out about them once."""

import torch

# What follows travels with emitted files.


class Support:
    """The pairs of index values that sparse tensors have values on.

    index: (2, E), whole numbers; sizes: how many values each of the two axes has. Values on
    it have shape (..., E, channels) and the order of `index`. `graphs` gives the graph of
    each value of the two axes where several graphs, `number` of them, are one.
    """

    def __init__(self, index, sizes, graphs=None, number: int = 1) -> None:
        if not isinstance(index, torch.Tensor) or index.dim() != 2 or len(index) != 2:
            shape = tuple(getattr(index, "shape", ()))
            raise ValueError(f"index needs shape (2, E), not {shape}")
        if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
            raise TypeError(f"index is {index.dtype}; give whole numbers: index.long()")
        self.index, self.sizes = index.long(), (int(sizes[0]), int(sizes[1]))
        self.graphs, self.number = graphs, number
        self.kept: dict = {}
        for side, size in enumerate(self.sizes):
            own = self.index[side]
            if len(own) and not 0 <= int(own.min()) <= int(own.max()) < size:
                found = int(own.min()) if int(own.min()) < 0 else int(own.max())
                raise ValueError(
                    f"index has {found} in row {side}; values are 0 to {size - 1}"
                )

    @classmethod
    def from_edge_index(cls, index, n, batch=None) -> "Support":
        """From pairs (2, E) of n nodes, or of n = (rows, columns); `batch` (n,) is the graph
        of each node, where they are of several."""
        sizes = n if isinstance(n, (tuple, list)) else (n, n)
        if batch is None:
            return cls(index, sizes)
        if tuple(batch.shape) != (sizes[0],) or sizes[0] != sizes[1]:
            raise ValueError(
                f"batch needs shape ({sizes[0]},), not {tuple(batch.shape)}"
            )
        number = int(batch.max()) + 1 if len(batch) else 0
        made = cls(index, sizes, (batch.long(), batch.long()), number)
        if not torch.equal(batch[made.index[0]], batch[made.index[1]]):
            raise ValueError("index has an edge between nodes of two graphs")
        return made

    @classmethod
    def from_data(cls, data) -> "Support":
        """From what has edge_index, num_nodes and perhaps batch, as graphs of PyTorch
        Geometric have."""
        return cls.from_edge_index(
            data.edge_index, data.num_nodes, getattr(data, "batch", None)
        )

    @classmethod
    def from_dense(cls, mask) -> "Support":
        """From a matrix: the pairs where it is not 0."""
        return cls(mask.nonzero().mT.contiguous(), tuple(mask.shape))

    @classmethod
    def from_scipy(cls, matrix) -> "Support":
        """From a sparse matrix: the pairs that it stores."""
        found = matrix.tocoo()
        index = torch.stack([torch.as_tensor(found.row), torch.as_tensor(found.col)])
        return cls(index.long(), found.shape)

    @classmethod
    def from_networkx(cls, graph) -> "Support":
        """From a graph, its nodes in their order; an edge without direction is two pairs."""
        place = {node: number for number, node in enumerate(graph)}
        pairs = [(place[one], place[two]) for one, two in graph.edges()]
        if not graph.is_directed():
            pairs += [(two, one) for one, two in pairs if one != two]
        index = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).mT.contiguous()
        return cls(index, (len(place), len(place)))

    @classmethod
    def batch(cls, supports) -> "Support":
        """Several graphs as one: nodes and edges one graph after the other, with sums and
        means within each."""
        indices, before, number = [], [0, 0], 0
        graphs: tuple[list, list] = [], []
        for one in supports:
            indices.append(one.index + one.index.new_tensor(before)[:, None])
            for side in (0, 1):
                own = one.index.new_zeros(one.sizes[side])
                own = own if one.graphs is None else one.graphs[side]
                graphs[side].append(own + number)
                before[side] += one.sizes[side]
            number += one.number
        if not indices:
            raise ValueError("a batch needs one support or more")
        joined = torch.cat(graphs[0]), torch.cat(graphs[1])
        return cls(torch.cat(indices, 1), before, joined, number)

    def to(self, device) -> "Support":
        """The same on a device."""
        graphs = self.graphs
        if graphs is not None:
            graphs = graphs[0].to(device), graphs[1].to(device)
        return Support(self.index.to(device), self.sizes, graphs, self.number)

    def without_duplicates(self) -> "Support":
        """The same with each pair once, where it stands first."""
        first, _ = _first_places(self)
        return Support(self.index[:, first], self.sizes, self.graphs, self.number)

    def merged(self, values) -> torch.Tensor:
        """Values (..., E, channels) for `without_duplicates()`: those of one pair added."""
        first, place = _first_places(self)
        shape = (*values.shape[:-2], len(first), values.shape[-1])
        return values.new_zeros(shape).index_add(-2, place, values)

    def __repr__(self) -> str:
        graphs = "" if self.graphs is None else f", {self.number} graphs"
        return f"Support({self.index.shape[1]} pairs of {self.sizes}{graphs})"


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


@torch.inference_mode(False)  # what is kept serves training too
def _sorted_pairs(support) -> tuple[torch.Tensor, torch.Tensor]:
    """The numbers of all pairs in order, and the edges that have them; each pair once."""
    if "sorted" not in support.kept:
        keys, order = _pair_keys(support.index, support.sizes).sort()
        same = keys[1:] == keys[:-1]
        if bool(same.any()):
            edge = order[1:][same][0]
            pair = tuple(support.index[:, edge].tolist())
            raise ValueError(
                f"support has the pair {pair} more than once; take "
                "support.without_duplicates(), and support.merged(values) for its values"
            )
        support.kept["sorted"] = keys, order
    return support.kept["sorted"]


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
