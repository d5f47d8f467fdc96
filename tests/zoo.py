"""What the whole suite sweeps over: every family of groups, tensors of odd shapes, dependencies in every order of letters."""

from functools import cache

import symshare
from symshare import derive, pools

CUSTOM = {
    # a quarter turn of a table with a list of four moving along, by generators of its own
    "sizes": {"r": 2},
    "generator": [{"r": [[0, -1], [1, 0]], "t": "(0 1 2 3)"}],
}

FAMILIES = {
    # an axis `r` (and `s`, where the family has a second one) under every family that the README names, small
    "S": {"r": "S(3)"},
    "A": {"r": "A(4)"},
    "C": {"r": "C(3)"},
    "Z": {"r": "Z(4)"},
    "D": {"r": "D(4)"},
    "B": {"r": "B(2)"},
    "O": {"r": "O(2)"},
    "O3": {"r": "O(3)"},
    "SO2": {"r": "SO(2)"},
    "SO3": {"r": "SO(3)"},
    "O(p,q)": {"r": "O(1,2)"},
    "SO(p,q)": {"r": "SO(1,2)"},
    "SO+(p,q)": {"r": "SO+(1,2)"},
    "Lorentz": {"r": "Lorentz"},
    "Sp": {"r": "Sp(2)"},
    "GL": {"r": "GL(2)", "s": "dual(r)"},
    "SL": {"r": "SL(2)", "s": "dual(r)"},
    "U": {"r": "U(1)"},
    "SU": {"r": "SU(2)"},
    "PlaneC": {"r": "PlaneC(3)"},
    "PlaneD": {"r": "PlaneD(4)"},
    "Cube": {"r": "Cube"},
    "Icosahedral": {"r": "Icosahedral"},
    "Grid": {"r": "Grid(2,4)"},
    "Q8": {"r": "Q8(4)"},
    "Scale": {"r": "Scale(1,1,2)"},
    "Trivial": {"r": "Trivial(2)"},
    "two": {"r": "SO(2)", "s": "D(3)"},
    "generators": None,
}
"""`Rubik` and `Q8` on 8 values are left to tests of their own: too many terms for a sweep."""

BESIDE = (
    # tensors with an axis under a group, alone, beside set axes, scalars and constants, in and out
    "rH->rH",
    "arH->arH",
    "rH,H->rH",
    "H,rH->rH,H",
    "H->rrH",
    "raH,aH->H",
    "rrH->H",
    # a set axis that no input has
    "rH->arH",
    "rrH->arH",
    "H->arrH",
)
DUAL = {"GL", "SL"}
STRETCHING = {"O(p,q)", "SO(p,q)", "SO+(p,q)", "Lorentz", "Sp", "GL", "SL", "Scale"}
"""The families that change the length of vectors."""

CHANNELS = (
    # of inputs, of outputs, and rank: all different, 1 among them, on every side
    ((1, 3, 2), (5, 1), 2),
    ((3, 1, 5), (1, 2), 1),
    ((2, 5, 1), (3, 5), 3),
)

NESTED = (
    # texts with a->b (and b->c): children on either side of their parents
    *("abH->aH", "baH->aH", "baH->abH", "abH,baH->bacH", "babaH->aH", "H->baH", "baH,aH->baH", "bbaH->abH"),
)
TWICE = ("abcH->aH", "cbaH->aH", "bcaH->cabH", "cabH,aH->baH")
PLAIN = (
    # set axes alone: repeated letters, several tensors, scalars, invariants, new axes
    *("aH->aH", "abH->abH", "aaH->aaH", "aabH->baH", "abH,bH->abH", "adj:aaH,nodes:aH->nodes:aH", "aH,H->aH,H"),
    *("aH->H", "H->aH", "H->H", "abH->baH", "aH->abH", "abcH->cH", "aaH,abH,bH->aH"),
)

STACKED = (
    # lists of their own for each value of a latent axis: text, dependencies, sizes small enough to list all entries, order
    ("Lh->Lh", ["L->h"], {"L": 2, "h": 3}, 2),
    ("Lh->Lh", ["L->h"], {"L": 3, "h": 2}, 2),
    ("Lh->Lh", ["L->h"], {"L": 1, "h": 3}, 3),
    ("Lh->Lh", ["L->h"], {"L": 2, "h": 1}, 3),
    ("hL->Lh", ["L->h"], {"L": 2, "h": 2}, 3),
    ("Lhh->L", ["L->h"], {"L": 2, "h": 3}, 2),
    ("Lhd->dL", ["L->h"], {"L": 2, "h": 2, "d": 2}, 2),
    ("L,Lh->Lh", ["L->h"], {"L": 2, "h": 2}, 2),
    ("d,Lh->d", ["L->h"], {"L": 3, "h": 2, "d": 2}, 2),
    ("Lhk->Lhk", ["L->h", "h->k"], {"L": 2, "h": 2, "k": 2}, 1),
    ("kLh->Lh", ["L->h", "h->k"], {"L": 2, "h": 2, "k": 2}, 2),
    ("Lhv,Lhk->Lh", ["L->h", "h->k", "h->v"], {"L": 2, "h": 2, "k": 2, "v": 1}, 1),
    ("Lhg->Lg", ["L->h", "L->g"], {"L": 2, "h": 2, "g": 2}, 2),
    ("LMhg->Mg", ["L->h", "M->g"], {"L": 2, "M": 2, "h": 2, "g": 2}, 1),
    ("LMhm->LM", ["L->h"], {"L": 2, "M": 2, "h": 2, "m": 1}, 1),
    ("Lh,Mg->LMgh", ["L->h", "M->g"], {"L": 2, "M": 2, "h": 2, "g": 2}, 2),
    ("LhM->hL", ["L->h"], {"L": 2, "M": 2, "h": 2}, 2),
    ("->Lhh", ["L->h"], {"L": 2, "h": 2}, 0),
    ("Lh->", ["L->h"], {"L": 3, "h": 2}, 3),
)


def latent_sizes(sizes):
    """The sizes of latent axes."""
    return {axis: size for axis, size in sizes.items() if axis[0].isupper()}


def has_free_channels(depends, sizes):
    """Whether no latent axis has a fixed size without dependents: those are channels of a layer."""
    return set(latent_sizes(sizes)) <= {one.split("->")[0] for one in depends}


def axes(family):
    """What `axes=` takes for a family."""
    return FAMILIES[family] if FAMILIES[family] is not None else symshare.generators_from(CUSTOM)


def of_family(text, family):
    """A signature text for a family: with a dual where lower indices are needed, with the second axis where it has one."""
    if family in DUAL:
        return text.replace("rrH", "rsH")
    if family == "two":
        return text.replace("rr", "rs")
    if family == "generators":
        return text.replace("rr", "rt")
    return text


def signature(text, family, depends=()):
    """The signature of a text for a family, with the groups of the letters it has."""
    written = of_family(text, family)
    groups = axes(family)
    used = {letter: group for letter, group in groups.items() if letter in written}
    if family in DUAL and "s" in used:
        used["r"] = groups["r"]
    return symshare.signature(written, axes=used, depends=depends)


WORDS = dict(
    zip(
        "HKLMPSabcdghikmnorstuvw",
        (
            *(
                "Heads",
                "Kinds_2",
                "Layer",
                "Modules",
                "Positions",
                "Samples",
                "class",
                "class2",
                "for",
                "found",
                "gates",
                "hidden",
                "in",
                "key",
                "m1",
                "n",
            ),
            *("out", "rank", "scale", "t_", "up_1", "values", "w0"),
        ),
        strict=True,
    )
)
"""A word for each letter, in the order of the letters, among them what is hard: words of Python, digits and underscores at
the end, names that others begin with, names of channel numbers and of variables in files."""


def worded(text):
    """A signature's text or a dependency with a word for each letter."""
    sides = []
    for side in text.split("->"):
        pieces = [piece.rpartition(":") for piece in side.split(",")]
        found = [(name + colon, " ".join(WORDS[letter] for letter in axes)) for name, colon, axes in pieces]
        sides.append(",".join(start + (f"({axes})" if axes else "") for start, axes in found))
    return "->".join(sides)


def in_words(one):
    """The same signature with a word for each axis."""
    groups = {WORDS[axis]: f"dual({WORDS[group.of]})" if group.of else group for axis, group in one.groups}
    return symshare.signature(
        worded(str(one)),
        depends=["->".join(WORDS[axis] for axis in pair) for pair in one.depends],
        axes=groups,
        sizes={WORDS[axis]: size for axis, size in one.sizes},
    )


STACKED += tuple(
    (
        worded(text),
        ["->".join(WORDS[axis] for axis in one.split("->")) for one in depends],
        {WORDS[axis]: size for axis, size in sizes.items()},
        order,
    )
    for text, depends, sizes, order in STACKED[::3]
)


def by_name(sizes):
    """Sizes by letter, and the same by word."""
    return sizes | {WORDS[letter]: size for letter, size in sizes.items()}


def channels(one, number):
    """The channel numbers of a signature's layer: of its inputs, of its outputs, and its rank."""
    ins, outs, rank = CHANNELS[number % len(CHANNELS)]
    ins, outs = ins[: len(one.inputs)], outs[: len(one.outputs)]
    return ins if len(ins) > 1 else ins[0], outs if len(outs) > 1 else outs[0], rank


def layer(plan, number=0, dtype=None, *, first_values=False):
    """A layer of a plan with unequal channel numbers, with weights and biases drawn normal."""
    import torch

    ins, outs, rank = channels(plan.signature, number)
    more = {"rank": rank} if plan.ranked else {}
    torch.manual_seed(number)
    made = symshare.nn.compile(plan, ins, outs, dtype=dtype or torch.float64, **more).requires_grad_(False)
    for weight in () if first_values else made.parameters():
        weight.normal_()
    return made


def _words(text, **options):
    return in_words(symshare.signature(text, **options))


_NESTED = {"depends": ["a->b"]}
_LISTS = {"depends": ["L->h"], "sizes": {"L": 2}}
SCALE, FACTORS, FULL, SUM = (
    {"normalise_scale": True},
    {"normalise_factors": True},
    {"coefficients": "full"},
    {"reduce": "sum"},
)
KINDS = {
    # a layer of every kind with every normalisation, and networks
    "linear": lambda: symshare.plan(derive("abH", 1)),
    "linear, sum": lambda: symshare.plan(derive("aaH", 1), **SUM),
    "linear, scale": lambda: symshare.plan(derive("abH,bH->abH,bH", 1), **SCALE),
    "linear, child left": lambda: symshare.plan(derive("baH->abH", 1, **_NESTED), **SCALE),
    "polynomial": lambda: symshare.plan(derive("abH", 2)),
    "polynomial, scale": lambda: symshare.plan(derive("aaH->aH", 2), **SCALE),
    "polynomial, factors": lambda: symshare.plan(derive("abH", 2), **FACTORS),
    "polynomial, both": lambda: symshare.plan(derive("aH,H->aH,H", 2), **(SCALE | FACTORS)),
    "polynomial, child left": lambda: symshare.plan(derive("baH->aH", 2, **_NESTED), **FACTORS),
    "full": lambda: symshare.plan(derive("aH", 2), **FULL),
    "full, factors": lambda: symshare.plan(derive("aaH->aH", 2), **(FULL | FACTORS)),
    "full, both": lambda: symshare.plan(derive("abH->aH", 2), **(FULL | FACTORS | SCALE | SUM)),
    "pooling": lambda: symshare.plan(pools("abH", 3)),
    "pooling, factors": lambda: symshare.plan(pools("aaH", 2), **FACTORS),
    "pooling, both": lambda: symshare.plan(pools("abH", 3), **(FACTORS | SCALE)),
    "pooling, child left": lambda: symshare.plan(pools("baH", 2, **_NESTED), **FACTORS),
    "O(3), factors": lambda: symshare.plan(derive("arH", 2, axes={"r": "SO(3)"}), **FACTORS),
    "C(16), by FFT": lambda: symshare.plan(derive("atH", 1, axes={"t": "C(16)"}), **SCALE),
    "C(3), factors": lambda: symshare.plan(derive("atH->tH", 2, axes={"t": "C(3)"}), **FACTORS),
    "linear, stacked": lambda: symshare.plan(derive("LhdH,dH->dLhH", 1, **_LISTS), **SCALE),
    "polynomial, stacked": lambda: symshare.plan(derive("LhH", 2, **_LISTS), **FACTORS),
    "full, stacked": lambda: symshare.plan(derive("LhH,H->LH", 2, **_LISTS), **(FULL | SUM)),
    "network": lambda: symshare.network("abH->aH", 2, width=8, pool_width=4, depth=2),
    "network of order 3": lambda: symshare.network("abH->aH", 3, width=8, pool_width=4, depth=2),
    "network, child left": lambda: symshare.network("baH->aH", 2, width=8, pool_width=4, depth=2, **_NESTED),
    "words, linear": lambda: symshare.plan(derive(_words("W:abH,v:bH"), 1), **SCALE),
    "words, polynomial": lambda: symshare.plan(derive(_words("baH->aH", **_NESTED), 2), **FACTORS),
    "words, full": lambda: symshare.plan(derive(_words("aaH->aH"), 2), **(FULL | FACTORS | SCALE)),
    "words, pooling": lambda: symshare.plan(pools(_words("abH"), 3), **(FACTORS | SCALE)),
    "words, C(16)": lambda: symshare.plan(derive(_words("atH", axes={"t": "C(16)"}), 1), **SCALE),
    "words, network": lambda: symshare.network(_words("abH->aH"), 2, width=8, pool_width=4, depth=2),
    "network, recurrent": lambda: symshare.network("aaH->aH", 2, width=8, pool_width=4, depth=1, rounds=3),
}

ENDING = {
    "one axis to none": lambda: symshare.plan(derive("aH->H", 3), normalise_factors=True, normalise_scale=True),
    "one axis to none, sum": lambda: symshare.plan(derive("aH->H", 2), reduce="sum", normalise_factors=True),
    "linear to none": lambda: symshare.plan(derive("aH->H", 1)),
    "both to none": lambda: symshare.plan(derive("abH->H", 2), coefficients="full", normalise_factors=True),
    "diagonal to none": lambda: symshare.plan(derive("aaH->H", 2), normalise_scale=True),
    "nested to none": lambda: symshare.plan(derive("baH->H", 2, depends=["a->b"]), normalise_factors=True),
    "two tensors": lambda: symshare.plan(derive("abH,bH->bH,H", 2), normalise_factors=True, normalise_scale=True),
    "D(4) beside": lambda: symshare.plan(derive("atH->tH", 2, axes={"t": "D(4)"}), normalise_factors=True),
    "C(16), order 2, by FFT": lambda: symshare.plan(derive("atH->tH", 2, axes={"t": "C(16)"}), circular="fft"),
    "C(3) and C(4), by FFT": lambda: symshare.plan(derive("atuH->tuH", 1, axes={"t": "C(3)", "u": "C(4)"})),
    "vector product": lambda: symshare.plan(derive("arH->arH", 2, axes={"r": "SO(3)"}), normalise_scale=True),
    "pooling of a": lambda: symshare.plan(pools("aH", 2), normalise_scale=True),
    "network to none": lambda: symshare.network("abH->H", 2, width=4, pool_width=2, depth=1),
    "network of two": lambda: symshare.network("abH,aH->H", 2, width=4, pool_width=2, depth=1),
}
"""More of them: invariants, several tensors, other groups."""


@cache
def source(kind):
    made = (KINDS | ENDING)[kind]()
    return made.signature, symshare.emit(made)


def listed(found):
    return found if isinstance(found, tuple) else (found,)
