"""The options of a layer, declared once: what each may be, what it is by default, and a sentence.

A new option is a field of `Choices` and its type in `Options`, which editors read. `symshare.plan`, `symshare.emit`,
`symshare.nn.compile`, the command line and the command that an emitted file names take it from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from symshare.errors import SymshareError

if TYPE_CHECKING:
    from symshare.core.notation.reading import Groups
    from symshare.core.terms.term import Term

__all__ = [
    "MOST_TERMS",
    "NAMES",
    "OPTIONS",
    "SIDES",
    "SOURCES",
    "Choices",
    "CostOptions",
    "Option",
    "Options",
    "PlanOptions",
    "choices",
    "names_of",
    "takes_options",
]

SIDES = ("in", "out", "rank")
"""What numbers of channels belong to."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a plan: what it computes, and how."""

    kind: str = field(
        metadata={
            "sentence": "By default what the order asks for; pooling: linear, irreducible poolings, linear.",
            "default": None,
            "allowed": ("linear", "polynomial", "pooling"),
            "computed": 1,
        }
    )
    reduce: str = field(
        default="mean",
        metadata={
            "sentence": "What a sum over an index becomes.",
            "allowed": ("mean", "sum"),
            "networks": True,
            "computed": 1,
        },
    )
    normalise_scale: bool = field(
        default=False,
        metadata={
            "sentence": "Divide inputs by their root mean square: their scale does not matter.",
            "computed": 1,
            "told": True,
        },
    )
    normalise_factors: bool = field(
        default=False,
        metadata={
            "sentence": "Of each product centre one factor and divide it by its root mean square (a network does by default).",
            "off": "plain_factors",
            "networks": True,
            "computed": 2,
        },
    )
    channels: tuple[tuple[str, int], ...] = field(
        default=(),
        metadata={
            "sentence": "Channel numbers to expect (in, out, rank), for choosing between equal computations; repeatable.",
            "default": None,
        },
    )
    circular: str | None = field(
        default=None,
        metadata={
            "sentence": "How to convolve over cyclic axes; by default the faster for the length.",
            "allowed": ("fft", "direct"),
        },
    )
    coefficients: str = field(
        default="rank",
        metadata={
            "sentence": "How terms of order 2 and more join channels.",
            "allowed": ("rank", "full"),
            "computed": 2,
        },
    )
    form: str | None = field(
        default=None,
        metadata={
            "sentence": "How a linear layer is written: a statement for each term, or a loop over tensors that are alike; by "
            "default by the number of terms.",
            "allowed": ("statements", "tables"),
        },
    )
    sparse: tuple[str, ...] = field(
        default=(),
        metadata={
            "sentence": "A tensor, by name or axes, with values on a support only, pairs of its first two axes; repeatable.",
            "default": None,
            "many": True,
            "networks": True,
        },
    )
    measured: tuple[str, ...] = field(
        default=(),
        metadata={
            "sentence": "A tensor whose pairs, of its first two axes, may have weights as axes may (dense); repeatable.",
            "default": None,
            "many": True,
        },
    )

    def options(self) -> dict[str, object]:
        """The choices as keyword options."""
        return {option.name: getattr(self, option.name) for option in OPTIONS} | {"channels": dict(self.channels)}

    def computed(self, order: int) -> list[object]:
        """The choices that change what a layer with terms of some order computes, those for products last."""
        plain = [getattr(self, one.name) for one in OPTIONS if one.computed == 1]
        names = sorted(one.name for one in OPTIONS if one.computed == 2)
        return plain + [getattr(self, name) for name in names if order > 1]


class Options(TypedDict, total=False):
    """The types of the keyword options; None stands for the default."""

    kind: str | None
    reduce: str | None
    normalise_scale: bool | None
    normalise_factors: bool | None
    channels: Mapping[str, int] | None
    circular: str | None
    coefficients: str | None
    form: str | None
    sparse: Iterable[str] | str | None
    measured: Iterable[str] | str | None


class CostOptions(Options, total=False):
    """Those options, and the ones but sizes that say which terms a text or a Signature stands for."""

    order: int | None
    depends: Iterable[str] | str | None
    axes: Groups | None
    ordered: bool | None
    only: Iterable[Term | str] | str | None
    max_terms: int | None


class PlanOptions(CostOptions, total=False):
    """All options of a plan."""

    sizes: Mapping[str, int] | None


MOST_TERMS = 4_000
"""Terms that a layer of a text has at most, unless more are asked for; chosen, not measured."""

MOST_LINEAR = 15_000
"""The same for a layer of order 1, which is written as tables: 10,596 terms take 0.6 s (benchmarks/beside_nfn.py)."""

SOURCES = tuple(name for name in PlanOptions.__annotations__ if name not in Options.__annotations__)
"""The names of the options that say which terms there are."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, a sentence, its default, and the texts it may be; without them it is a bool, or channel numbers.

    `off` is its name on the command line where it is turned off; `networks` tells whether networks have it too. `computed` is
    the order of terms from which it changes what a layer computes, and weights are refused that are of another: 0 where it
    never does. A flag that is `told` is a constant of the file where it is on, for programs that read it. An option with
    `many` is names of tensors.
    """

    name: str
    sentence: str
    default: str | bool | None
    allowed: tuple[str, ...] = ()
    off: str = ""
    networks: bool = False
    computed: int = 0
    told: bool = False
    many: bool = False

    @property
    def flag(self) -> str:
        """The name of the option on the command line.

        >>> [option.flag for option in OPTIONS if option.off]
        ['--normalise-factors']
        """
        return _flag(self.name)

    @property
    def off_flag(self) -> str:
        """The name that turns the option off on the command line; empty where there is none."""
        return _flag(self.off) if self.off else ""


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


OPTIONS = tuple([Option(one.name, **{"default": one.default, **one.metadata}) for one in fields(Choices)])
NAMES = frozenset(option.name for option in OPTIONS)


def choices(given: Mapping[str, Any], kind: str) -> Choices:
    """The choices that keyword options stand for; None stands for the default, which for `kind` is the argument `kind`.

    Raises SymshareError for those that do not exist or that the kind of layer does not have; TypeError for a name that
    is no option.

    >>> choices({"reduce": "sum", "channels": {"in": 64}}, "linear").options()["channels"]
    {'in': 64}
    """
    for name in given:
        if name not in NAMES:
            raise TypeError(f"plan() got an unexpected keyword argument {name!r}")
    chosen = {"kind": kind} | {name: value for name, value in given.items() if value is not None}
    for option in OPTIONS:
        value = chosen.get(option.name)
        if option.allowed and value is not None and value not in option.allowed:
            raise SymshareError(f"{option.name}={value!r} is not one of {', '.join(map(repr, option.allowed))}")
        if isinstance(option.default, bool):
            chosen[option.name] = bool(value)
        if option.many:
            chosen[option.name] = names_of(option.name, value or ())
    made = Choices(**chosen | {"channels": _numbers(chosen.get("channels") or {})})
    if made.kind == "pooling" and made.coefficients != "rank":
        raise SymshareError(
            "a pooling layer mixes channels before and after its poolings\n  leave out coefficients='full'"
        )
    if made.form == "tables" and made.kind != "linear":
        raise SymshareError(
            f"tables are of linear layers, and this one is {made.kind}\n  leave out form='tables' (--form tables)"
        )
    return made


def names_of(option: str, given: Iterable[str] | str) -> tuple[str, ...]:
    """The names that an option has, each once; raises SymshareError for what is no list of names."""
    named = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(one, str) for one in named):
        raise SymshareError(f"{option}={given!r} is no list of names\n  name tensors: {option}=('edges',)")
    return tuple(dict.fromkeys(named))


def _numbers(channels: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Channel numbers, checked and in order."""
    if not isinstance(channels, Mapping):
        raise SymshareError(f"channels={channels!r} is no mapping\n  give numbers by name: channels={{'in': 64}}")
    for name, number in channels.items():
        if name not in SIDES or not isinstance(number, int) or number < 1:
            raise SymshareError(
                f"channels has {name!r}: {number!r}\n  give whole numbers for {', '.join(map(repr, SIDES))}"
            )
    return tuple(sorted(channels.items()))


Function = TypeVar("Function", bound=Callable[..., Any])


def takes_options(function: Function) -> Function:
    """Show the options among the keywords of a function, with their defaults: in place of its `**options`, if it has these.

    >>> inspect.signature(takes_options(lambda basis, **options: None)).parameters["reduce"].default
    'mean'
    """
    own = inspect.signature(function)
    kept = [one for one in own.parameters.values() if one.name != "options"]
    defaults: dict[str, object] = dict.fromkeys(SOURCES) | {one.name: one.default for one in OPTIONS}
    shown = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in defaults.items()
        if name not in own.parameters
    ]
    ordered = sorted([*shown, *kept], key=lambda one: one.kind)
    function.__signature__ = own.replace(parameters=ordered)  # type: ignore[attr-defined]  # for `inspect`
    return function
