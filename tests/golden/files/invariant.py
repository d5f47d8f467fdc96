"""Equivariant polynomial layer for abH->H.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., out_channels)

Works at any axis sizes, without redundant coefficients at a >= 2, b >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->H  a constant

  order 1: 1
    abH->H  averaged over a, b

  order 2: 4
    abH,abH->H
    abH,acH->H
    abH,cbH->H
    abH,cdH->H

Made by:
  symshare emit --symmetry 'abH->H' --order 2 --kind polynomial
"""

import torch

SIGNATURE = "abH->H"
DEPENDS = ()
SIZES = {}
TERMS = ("->H", "abH->H", "abH,abH->H", "abH,acH->H", "abH,cbH->H", "abH,cdH->H")


class Layer(torch.nn.Module):
    """All equivariant terms of orders up to 2, each with coefficients of its own.

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
        self.bias["__"] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        self.mix["ab__"] = weight(self.in_channels, self.out_channels)
        for key in ("ab_ab__", "ab_ac__", "ab_cb__", "ab_cd__"):
            self.mix[key] = weight(rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in (
            "ab_ab____0",
            "ab_ab____1",
            "ab_ac____0",
            "ab_ac____1",
            "ab_cb____0",
            "ab_cb____1",
            "ab_cd____0",
            "ab_cd____1",
        ):
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
        """Map x (..., a, b, in_channels) to (..., out_channels)."""
        if x.dim() < 3 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, b, {self.in_channels}), not {shape}"
            )
        n_a = x.shape[-3]
        n_b = x.shape[-2]
        # ->H: a constant
        y = self.bias["__"]
        # abH->H: averaged over a, b
        x_mean = x.mean((-3, -2))
        t1 = x_mean @ self.mix["ab__"]
        y = y + t1
        # abH,abH->H
        t2 = x @ self.factor["ab_ab____0"]
        t3 = x @ self.factor["ab_ab____1"]
        t4 = torch.einsum("...abC,...abC->...C", t2 / n_a, t3 / n_b)
        t5 = t4 @ self.mix["ab_ab__"]
        y = y + t5
        # abH,acH->H
        x_a = x.mean(-2)
        t6 = x_a @ self.factor["ab_ac____0"]
        t7 = x_a @ self.factor["ab_ac____1"]
        t8 = torch.einsum("...aC,...aC->...C", t6 / n_a, t7)
        t9 = t8 @ self.mix["ab_ac__"]
        y = y + t9
        # abH,cbH->H
        x_b = x.mean(-3)
        t10 = x_b @ self.factor["ab_cb____0"]
        t11 = x_b @ self.factor["ab_cb____1"]
        t12 = torch.einsum("...bC,...bC->...C", t10 / n_b, t11)
        t13 = t12 @ self.mix["ab_cb__"]
        y = y + t13
        # abH,cdH->H
        t14 = x_mean @ self.factor["ab_cd____0"]
        t15 = x_mean @ self.factor["ab_cd____1"]
        t16 = torch.einsum("...C,...C->...C", t14, t15)
        t17 = t16 @ self.mix["ab_cd__"]
        y = y + t17
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
