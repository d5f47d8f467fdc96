"""What a module does with its inputs, operation by operation and submodule by submodule."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from symshare.nn.checking.subject import HERE, TORCH, Subject

__all__ = ["INPUT", "Call", "Node", "Trace", "traced"]

INPUT = "input"
"""The operation that inputs are said to come from."""
BLANK = ("empty", "resize", "new_empty")
"""Operations whose results have no values yet begin so."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A tensor as an operation left it: by which, from which other ones and which parameters, in which call of a submodule,
    at which line, and after which node, where that is not the one before."""

    value: torch.Tensor
    operation: str
    inputs: tuple[int, ...]
    call: int
    kept: tuple[str, ...] = ()
    line: tuple[str, int] = ("", 0)
    at: int = -1

    @property
    def origin(self) -> tuple[object, ...]:
        """What it was made of, and how."""
        return self.operation, self.inputs, self.kept, self.call


@dataclass(slots=True, eq=False)
class Call:
    """One call of a submodule: its name, class, the call that it is part of, and the nodes before which it begins and ends."""

    name: str
    kind: str
    parent: int
    begins: int
    ends: int = -1


@dataclass(slots=True, eq=False)
class Trace:
    """The class of a module, all nodes and calls of one run, the nodes of its outputs (-1 for what follows from no input),
    and those that wrote into an input."""

    kind: str
    nodes: list[Node] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    spoilt: list[int] = field(default_factory=list)
    stopped: BaseException | None = None

    @property
    def last(self) -> Call | None:
        """The innermost call that had begun and not ended."""
        return next((one for one in reversed(self.calls) if one.ends < 0), None)


def traced(
    subject: Subject,
    inputs: Sequence[torch.Tensor],
    lengths: Mapping[str, int],
    outputs: Callable[[Any], Sequence[torch.Tensor]] = tree_leaves,
) -> Trace:
    """Run a module on copies of some inputs and record what it does; `outputs` picks the tensors of its result.

    An error of the module is kept as `stopped`.
    """
    given = [one.detach().clone() for one in inputs]
    recorder = _Recorder(subject.module)
    for x in given:
        recorder.add(x, INPUT, ())
        recorder.given.add(_storage(x))
    handles: list[Any] = []
    try:
        handles.extend(recorder.hooks())
        with recorder:
            result = subject(given, lengths)
        found = outputs(result)
        recorder.trace.outputs = [recorder.node(one) for one in found if isinstance(one, torch.Tensor)]
    except Exception as error:
        recorder.trace.stopped = error
    finally:
        for handle in handles:
            handle.remove()
    return recorder.trace


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch gives no types
    """Keeps a copy of every tensor that follows from the inputs, as it is when an operation has made or changed it."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch gives no types
        self.module, self.trace = module, Trace(type(module).__name__)
        self.known: dict[int, int] = {}
        self.written: dict[int, list[int]] = {}
        self.origins: dict[int, tuple[str, ...]] = {}
        self.alive: list[torch.Tensor] = []
        self.stack: list[int] = []
        self.given: set[int] = set()
        own = [*module.named_parameters(), *module.named_buffers()]
        self.own = {_storage(value): name for name, value in own if value.numel()}

    def hooks(self) -> Iterator[Any]:
        """Hooks on every submodule, which say when its calls begin and end."""
        for name, module in self.module.named_modules():
            with suppress(RuntimeError):  # scripted modules take none
                yield module.register_forward_pre_hook(self._begin(name, type(module).__name__))
                yield module.register_forward_hook(self._end(name))

    def _begin(self, name: str, kind: str) -> Any:
        def begin(_module: torch.nn.Module, given: Any) -> None:
            self._arrived(given)
            self.trace.calls.append(Call(name, kind, self.stack[-1] if self.stack else -1, len(self.trace.nodes)))
            self.stack.append(len(self.trace.calls) - 1)

        return begin

    def _end(self, name: str) -> Any:
        def end(_module: torch.nn.Module, _given: Any, result: Any) -> None:
            self._arrived(result)
            while self.stack:  # calls that an error has ended come first
                call = self.trace.calls[self.stack.pop()]
                call.ends = len(self.trace.nodes)
                if call.name == name:
                    break

        return end

    def _arrived(self, tensors: Any) -> None:
        """Tensors that no operation has made, but something outside torch."""
        for one in tree_leaves(tensors):
            if isinstance(one, torch.Tensor) and id(one) not in self.known and _storage(one) not in self.own:
                self.add(one, "something outside torch", ())

    def node(self, x: torch.Tensor) -> int:
        """The node that a tensor is now. Where something was written into its memory since it was made, it is a new one."""
        made = self.known.get(id(x), -1)
        writes = [one for one in self.written.get(_storage(x), ()) if one > made] if x.numel() else []
        if writes:
            last, before = self.trace.nodes[writes[-1]], [made] if made >= 0 else []
            self._keep(x, replace(last, value=x.detach().clone(), inputs=(*before, *writes), at=writes[-1]))
            return self.known[id(x)]
        return made

    def add(self, x: torch.Tensor, operation: str, inputs: tuple[int, ...], kept: tuple[str, ...] = ()) -> None:
        """Record a tensor."""
        call = self.stack[-1] if self.stack else -1
        self._keep(x, Node(x.detach().clone(), operation, inputs, call, kept, _line()))

    def _keep(self, x: torch.Tensor, node: Node) -> None:
        self.alive.append(x)
        self.known[id(x)] = len(self.trace.nodes)
        self.trace.nodes.append(node)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [one for one in tree_leaves((args, kwargs or {})) if isinstance(one, torch.Tensor)]
        for one in given:
            if id(one) not in self.known and _storage(one) not in self.own and self.node(one) < 0:
                self.add(one, "something outside torch", ())
        inputs = tuple(dict.fromkeys(number for one in given if (number := self.node(one)) >= 0))
        kept = tuple(dict.fromkeys(name for one in given for name in self._kept(one)))
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        recorded = inputs or torch.Tag.nondeterministic_seeded in func.tags
        for one in tree_leaves(result):
            if not isinstance(one, torch.Tensor):
                continue
            if recorded and not name.startswith(BLANK):
                self.add(one, name, inputs, kept)
                if func._schema.is_mutable and one.numel():
                    number = self.known[id(one)]
                    self.written.setdefault(_storage(one), []).append(number)
                    self.trace.spoilt += [number] if _storage(one) in self.given else []
            elif not func._schema.is_mutable:
                self.alive.append(one)
                self.known[id(one)] = -1
                self.origins[id(one)] = kept
        return result

    def _kept(self, x: torch.Tensor) -> tuple[str, ...]:
        """The parameters and buffers that a tensor is, or that it was made of, of these alone."""
        own = self.own.get(_storage(x))
        return (own,) if own is not None else self.origins.get(id(x), ())


def _storage(x: torch.Tensor) -> int:
    return x.untyped_storage().data_ptr() if x.layout == torch.strided and x.device.type != "meta" else id(x)


def _line() -> tuple[str, int]:
    """The line of the program, outside torch and this package, that an operation comes from."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code is not Subject.__call__.__code__:
        name = frame.f_code.co_filename
        if not _ours(name):
            linecache.getline(name, frame.f_lineno, frame.f_globals)
            return name, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]  # the last frame has none
    return "", 0


@cache
def _ours(name: str) -> bool:
    return bool({TORCH, HERE} & set(Path(name).parents))
