"""The first maps of a network: the channels of each input to those of its hidden type."""

from __future__ import annotations

from symshare.codegen.hidden import Hidden

__all__ = ["lift_lines", "reset_lift_lines"]


def lift_lines(inputs: int, general: Hidden | None) -> list[str]:
    """The lines that make them, one for each of some inputs."""
    if general:
        return general.lift()
    if inputs == 1:
        return ["        self.lift = torch.nn.Linear(self.in_channels, width, **made)"]
    return [
        "        self.lift = torch.nn.ModuleList(",
        "            [torch.nn.Linear(number, width, **made) for number in self.in_channels]",
        "        )",
    ]


def reset_lift_lines(inputs: int, general: Hidden | None) -> list[str]:
    """The lines that draw their first values."""
    if general:
        return general.reset_lift()
    if inputs == 1:
        return ["        _fill(self.lift.weight.T, 1)", "        torch.nn.init.zeros_(self.lift.bias)"]
    lines = ["        for lift in self.lift:", "            _fill(lift.weight.T, 1)"]
    return [*lines, "            torch.nn.init.zeros_(lift.bias)"]
