"""Equivariant linear layer for abH.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 2, b >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->abH  a constant everywhere

  order 1: 4
    abH->abH  the input itself
    abH->acH  averaged over b, repeated along c
    abH->cbH  averaged over a, repeated along c
    abH->cdH  averaged over a, b, repeated along c, d

Made by:
  symshare emit --symmetry abH --order 1 --kind linear
"""

import torch

SIGNATURE = "abH"
DEPENDS = ()
SIZES = {}
TERMS = ("->abH", "abH->abH", "abH->acH", "abH->cbH", "abH->cdH")


class Layer(torch.nn.Module):
    """All equivariant terms of order 1, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        self.bias["__ab"] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in ("ab__ab", "ab__ac", "ab__cb", "ab__cd"):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(4 * fan_in) ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., a, b, out_channels)."""
        if x.dim() < 3 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, b, {self.in_channels}), not {shape}"
            )
        # ->abH: a constant everywhere
        y = self.bias["__ab"]
        # abH->abH: the input itself
        t1 = x @ self.mix["ab__ab"]
        y = y + t1
        # abH->acH: averaged over b, repeated along c
        x_a = x.mean(-2)
        t2 = x_a @ self.mix["ab__ac"]
        t3 = t2[..., :, None, :]
        y = y + t3
        # abH->cbH: averaged over a, repeated along c
        x_b = x.mean(-3)
        t4 = x_b @ self.mix["ab__cb"]
        t5 = t4[..., None, :, :]
        y = y + t5
        # abH->cdH: averaged over a, b, repeated along c, d
        x_mean = x.mean((-3, -2))
        t6 = x_mean @ self.mix["ab__cd"]
        t7 = t6[..., None, None, :]
        y = y + t7
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
