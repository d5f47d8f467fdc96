"""Equivariant polynomial layer for abH.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 4, b >= 4.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->abH  a constant everywhere

  order 1: 4
    abH->abH  the input itself
    abH->acH  averaged over b, repeated along c
    abH->cbH  averaged over a, repeated along c
    abH->cdH  averaged over a, b, repeated along c, d

  order 2: 0

  order 3: 1
    abH,cbH,cdH->adH

Made by:
  symshare emit --symmetry abH --order 3 --kind polynomial --only 'abH,cbH,cdH->adH'
"""

import torch

SIGNATURE = "abH"
DEPENDS = ()
SIZES = {}
TERMS = ("->abH", "abH->abH", "abH->acH", "abH->cbH", "abH->cdH", "abH,cbH,cdH->adH")


class Layer(torch.nn.Module):
    """Chosen equivariant terms of orders up to 3, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    rank: channels in which the factors of a product meet.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        rank: int = 8,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.rank = rank

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        self.bias["__ab"] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in ("ab__ab", "ab__ac", "ab__cb", "ab__cd"):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.mix["ab_cb_cd__ad"] = weight(rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in ("ab_cb_cd__ad__0", "ab_cb_cd__ad__1", "ab_cb_cd__ad__2"):
            self.factor[key] = weight(self.in_channels, rank)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(5 * fan_in) ** -0.5)
        for weight in self.factor.values():
            torch.nn.init.normal_(weight, std=weight.shape[0] ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., a, b, out_channels)."""
        if x.dim() < 3 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, b, {self.in_channels}), not {shape}"
            )
        n_a = x.shape[-3]
        n_b = x.shape[-2]
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
        # abH,cbH,cdH->adH
        t8 = x @ self.factor["ab_cb_cd__ad__0"]
        t9 = x @ self.factor["ab_cb_cd__ad__1"]
        t10 = x @ self.factor["ab_cb_cd__ad__2"]
        t11 = torch.einsum("...abC,...cbC->...acC", t8 / n_b, t9)
        t12 = torch.einsum("...cdC,...acC->...adC", t10 / n_a, t11)
        t13 = t12 @ self.mix["ab_cb_cd__ad"]
        y = y + t13
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
