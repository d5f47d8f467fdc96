"""The noun Support: the pairs that sparse tensors have values on."""

import torch

from symshare.nn.runtime.supports import _first_places, _lengths, _without_slopes

# What follows travels with emitted files.


class Support:
    """The pairs of index values that sparse tensors have values on.

    index: (2, E), whole numbers; sizes: how many values each of the two axes has. Values on
    it have shape (..., E, channels) and the order of `index`. `graphs` gives the graph of
    each value of the two axes where several graphs, `number` of them, are one.

    >>> Support.from_edge_index(torch.tensor([[0, 1, 2], [1, 2, 0]]), 3)
    Support(3 pairs of (3, 3))
    """

    def __init__(self, index, sizes, graphs=None, number: int = 1) -> None:
        if not isinstance(index, torch.Tensor) or index.dim() != 2 or len(index) != 2:
            shape = tuple(getattr(index, "shape", ()))
            raise ValueError(f"index needs shape (2, E), not {shape}")
        if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
            raise TypeError(f"index is {index.dtype}; give whole numbers: index.long()")
        self.index, self.sizes = _without_slopes(index.long()), _lengths(sizes)
        self.graphs, self.number = graphs, number
        if graphs is not None:
            self.graphs = _without_slopes(graphs[0]), _without_slopes(graphs[1])
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
        sizes = _lengths(n if isinstance(n, (tuple, list, torch.Size)) else (n, n))
        if batch is None:
            return cls(index, sizes)
        if tuple(batch.shape) != (sizes[0],) or sizes[0] != sizes[1]:
            raise ValueError(
                f"batch needs shape ({sizes[0]},), not {tuple(batch.shape)}"
            )
        number = int(batch.max()) + 1 if len(batch) else 0
        if len(batch) and int(batch.min()) < 0:
            raise ValueError(f"batch has {int(batch.min())}; graphs are 0 and up")
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
        mask = torch.as_tensor(mask)
        if mask.dim() != 2:
            raise ValueError(f"mask needs shape (n, m), not {tuple(mask.shape)}")
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

    def __getstate__(self) -> dict:
        """All but what is kept, which is found out again wherever this goes."""
        return {**self.__dict__, "kept": {}}

    def __repr__(self) -> str:
        graphs = "" if self.graphs is None else f", {self.number} graphs"
        return f"Support({self.index.shape[1]} pairs of {self.sizes}{graphs})"
