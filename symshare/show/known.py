"""Twenty symmetries that data have: what to write, what comes of it, and what is known under a name.

The numbers and texts stand here, and are held against what the library derives.
"""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Any

__all__ = ["KNOWN", "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """A symmetry: how its data look, how many terms it has, its poolings, and the layers and paper that it is known by."""

    title: str
    looks: str
    symmetry: str
    counts: tuple[int, ...]
    """Terms of order 0, 1, 2."""
    poolings: tuple[tuple[str, ...], ...]
    """The irreducible poolings of order 2, and of 3 where they are few; none where a network of them is not known."""
    name: str
    paper: str
    link: str
    """Of the paper, its number at arXiv."""
    depends: tuple[str, ...] = ()
    axes: tuple[tuple[str, str], ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """The options beside its text, in Python.

        >>> [one.options["axes"] for one in KNOWN if one.title == "Points in space"]
        [{'r': 'O(3)'}]
        """
        return {"depends": self.depends, "axes": dict(self.axes)}

    @property
    def written(self) -> str:
        """What to write behind `symshare derive`, its order left out.

        >>> [one.written for one in KNOWN if one.title == "Points in space"]
        ["-s arH --axis 'r=O(3)'"]
        """
        axes = [f"--axis {quote(f'{letter}={group}')}" for letter, group in self.axes]
        return " ".join([f"-s {quote(self.symmetry)}", *(f"--depends {quote(one)}" for one in self.depends), *axes])

    def to_dict(self) -> dict[str, Any]:
        """What it is, as plain values."""
        return {
            "title": self.title,
            "looks": self.looks,
            "symmetry": self.symmetry,
            "depends": list(self.depends),
            "axes": dict(self.axes),
            "options": self.written,
            "counts": list(self.counts),
            "poolings": [list(one) for one in self.poolings],
            "name": self.name or None,
            "paper": self.paper or None,
            "link": f"https://arxiv.org/abs/{self.link}" if self.link else None,
        }


KNOWN = (
    Known(
        "Set",
        "items in no order: baskets, samples, particles",
        "aH",
        (1, 2, 4),
        (("aH,aH->aH",), ()),
        "Deep Sets",
        "Zaheer et al. 2017",
        "1703.06114",
    ),
    Known(
        "Table",
        "users by films, judges by things, genes by samples",
        "abH",
        (1, 4, 17),
        (("abH,abH->abH",), ("abH,cbH,cdH->adH",)),
        "exchangeable matrices",
        "Hartford et al. 2018",
        "1803.02879",
    ),
    Known(
        "Three lists",
        "users by items by occasions, in no order",
        "abcH",
        (1, 8, 76),
        (
            ("abcH,abcH->abcH",),
            (
                "abcH,adcH,adeH->abeH",
                "abcH,dbcH,dbeH->abeH",
                "abcH,dbcH,decH->aecH",
                "abcH,dbcH,defH->aefH",
                "abcH,dbeH,dfcH->afeH",
                "abcH,dbeH,dfeH->afcH",
                "abcH,decH,defH->abfH",
            ),
        ),
        "exchangeable tensors",
        "Hartford et al. 2018",
        "1803.02879",
    ),
    Known(
        "Graph",
        "whom people know, who beat whom: pairs of one list",
        "aaH",
        (2, 15, 117),
        (("abH,abH->abH", "abH,bcH->acH"), ()),
        "invariant graph networks",
        "Maron et al. 2019",
        "1812.09902",
    ),
    Known(
        "Graph with values on nodes",
        "bonds and atoms: pairs of one list, and the list",
        "edges:aaH,nodes:aH",
        (3, 27, 231),
        (("abH,abH->abH", "abH,bcH->acH"), ()),
        "provably powerful graph networks",
        "Maron et al. 2019",
        "1905.11136",
    ),
    Known(
        "Hypergraph",
        "which node is in which edge, and values on both",
        "links:abH,nodes:aH,edges:bH",
        (3, 18, 99),
        (("abH,abH->abH",), ("abH,cbH,cdH->adH",)),
        "incidence networks",
        "Albooyeh et al. 2019",
        "1905.11460",
    ),
    Known(
        "Triples of one list",
        "angles between atoms, triangles of a mesh",
        "aaaH",
        (5, 203, 10848),
        (("abcH,abcH->abcH", "abcH,abdH->acdH"),),
        "k-order invariant graph networks",
        "Maron et al. 2019",
        "1812.09902",
    ),
    Known(
        "Graph of many relations",
        "facts: head, tail and relation, both lists unordered",
        "aabH",
        (2, 30, 554),
        (("acbH,acbH->acbH", "acbH,cdbH->adbH"),),
        "double equivariance",
        "Gao et al. 2023",
        "2302.01313",
    ),
    Known(
        "Sets of sets",
        "players and the cards that each holds",
        "abH",
        (1, 3, 9),
        (("abH,abH->abH",), ()),
        "hierarchical structures",
        "Wang et al. 2020",
        "2006.03627",
        depends=("a->b",),
    ),
    Known(
        "Board of sudoku",
        "bands, rows in them, stacks, columns in them, digits",
        "abcdeH",
        (1, 18, 414),
        (("abcdeH,abcdeH->abcdeH",),),
        "",
        "",
        "",
        depends=("a->b", "c->d"),
    ),
    Known(
        "Periodic signal",
        "hours of a day, angles around a ring",
        "tH",
        (1, 8, 36),
        (("tH,t+1H->t+1H",),),
        "circular convolution",
        "Kondor and Trivedi 2018",
        "1802.03690",
        axes=(("t", "C(8)"),),
    ),
    Known(
        "Set of periodic signals",
        "sensors in no order, each around the clock",
        "atH",
        (1, 16, 172),
        (("atH,at+1H->at+1H",),),
        "sets of symmetric elements",
        "Maron et al. 2020",
        "2002.08599",
        axes=(("t", "C(8)"),),
    ),
    Known(
        "Periodic grid, turned",
        "a crystal's plane: shifts and quarter turns",
        "gH",
        (1, 3, 13),
        (("gH,hH,[T10 igh]->iH",),),
        "group convolution (p4)",
        "Cohen and Welling 2016",
        "1602.07576",
        axes=(("g", "Grid(3,4)"),),
    ),
    Known(
        "Points in space",
        "scans, positions about their mean",
        "arH",
        (0, 2, 0),
        ((), ("arH,asH,asH->arH", "arH,brH,bsH->asH", "arH,bsH,bsH->arH")),
        "vector neurons",
        "Deng et al. 2021",
        "2104.12229",
        axes=(("r", "O(3)"),),
    ),
    Known(
        "Charged points in space",
        "atoms: positions and numbers, handed",
        "pos:arH,charge:aH",
        (1, 4, 14),
        (("arH,asH,[rst]->atH", "arH,aH->arH", "arH,arH->aH", "aH,aH->aH"), ("arH,brH,bsH->asH",)),
        "tensor field networks",
        "Thomas et al. 2018",
        "1802.08219",
        axes=(("r", "SO(3)"),),
    ),
    Known(
        "Particles in space-time",
        "momenta and masses of a jet",
        "p:arH,m:aH",
        (1, 4, 13),
        (("arH,aH->arH", "arH,asH,[rs]->aH", "aH,aH->aH"), ("arH,asH,btH,[st]->brH",)),
        "LorentzNet",
        "Gong et al. 2022",
        "2201.08187",
        axes=(("r", "Lorentz"),),
    ),
    Known(
        "Tensors in space",
        "stresses, inertia: matrices that turn",
        "rrH",
        (1, 3, 9),
        (("rsH,stH->rtH",), ()),
        "EMLP",
        "Finzi et al. 2021",
        "2104.09459",
        axes=(("r", "O(3)"),),
    ),
    Known(
        "Eigenvectors",
        "of the nodes of a graph, signs and order free",
        "arH",
        (0, 2, 0),
        ((), ("arH,arH,arH->arH", "arH,asH,asH->arH", "arH,brH,brH->arH", "arH,brH,bsH->asH", "arH,bsH,bsH->arH")),
        "SignNet",
        "Lim et al. 2022",
        "2202.13013",
        axes=(("r", "B(4)"),),
    ),
    Known(
        "Weights of a network",
        "two layers; units of all three lists unordered",
        "W1:ba,b1:b,W2:cb,b2:c",
        (4, 32, 224),
        (("ba,ba->ba", "cb,cb->cb"), ("ba,da,de->be", "ba,cb,cd->da", "ba,da,cd->cb", "cb,db,de->ce")),
        "neural functionals (NFN)",
        "Zhou et al. 2023",
        "2302.14040",
    ),
    Known(
        "Weights of a ReLU network",
        "the same, each hidden unit with a scale of its own",
        "W1:ba,v1:b,W2:cd,v2:c",
        (1, 9, 18),
        (),
        "polynomial neural functionals",
        "Vo et al. 2024",
        "2410.04213",
        axes=(("b", "Scaled"), ("d", "dual(b)")),
    ),
)
