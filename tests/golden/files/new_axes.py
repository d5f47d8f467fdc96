"""Equivariant linear layer for a->bab.

  axis a: permuted
  axis b: permuted

  input x: (..., a, in_channels)
  output y: (..., b, a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 2, b >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 2
    ->bab  a constant on the diagonal of axes 1, 3
    ->bac  a constant everywhere

  order 1: 4
    a->bab  the input itself, repeated along b (axis 1), on the diagonal of axes 1, 3
    a->bac  the input itself, repeated along b (axis 1), c (axis 3)
    a->bcb  averaged over a, repeated along b (axis 1), c, on the diagonal of axes 1, 3
    a->bcd  averaged over a, repeated along b (axis 1), c, d (axis 3)

Made by:
  symshare emit --symmetry 'a->bab' --order 1 --kind linear
"""

import torch

SIGNATURE = "a->bab"
DEPENDS = ()
SIZES = {}
TERMS = ("->bab", "->bac", "a->bab", "a->bac", "a->bcb", "a->bcd")


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
        for key in ("__bab", "__bac"):
            self.bias[key] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in ("a__bab", "a__bac", "a__bcb", "a__bcd"):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(4 * fan_in) ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(self, x: torch.Tensor, *, b: int) -> torch.Tensor:
        """Map x (..., a, in_channels) to (..., b, a, b, out_channels)."""
        if x.dim() < 2 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(f"x needs shape (..., a, {self.in_channels}), not {shape}")
        if b < 1:
            raise ValueError(f"b={b} is not a size")
        # ->bab: a constant on the diagonal of axes 1, 3
        t1 = self.bias["__bab"][..., None, None, :]
        t1 = t1.expand(*t1.shape[:-3], b, -1, -1)
        t2 = torch.diag_embed(t1.movedim(-3, -1), dim1=-4, dim2=-2)
        y = t2
        # ->bac: a constant everywhere
        y = y + self.bias["__bac"]
        # a->bab: the input itself, repeated along b (axis 1), on the diagonal of axes
        #   1, 3
        t3 = x @ self.mix["a__bab"]
        t4 = t3[..., None, :, :]
        t4 = t4.expand(*t4.shape[:-3], b, -1, -1)
        t5 = torch.diag_embed(t4.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t5
        # a->bac: the input itself, repeated along b (axis 1), c (axis 3)
        t6 = x @ self.mix["a__bac"]
        t7 = t6[..., None, :, None, :]
        y = y + t7
        # a->bcb: averaged over a, repeated along b (axis 1), c, on the diagonal of
        #   axes 1, 3
        x_mean = x.mean(-2)
        t8 = x_mean @ self.mix["a__bcb"]
        t9 = t8[..., None, None, :]
        t9 = t9.expand(*t9.shape[:-3], b, -1, -1)
        t10 = torch.diag_embed(t9.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t10
        # a->bcd: averaged over a, repeated along b (axis 1), c, d (axis 3)
        t11 = x_mean @ self.mix["a__bcd"]
        t12 = t11[..., None, None, None, :]
        y = y + t12
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
