"""Equivariant linear layer for aaH.

  axis a: permuted

  input x: (..., a, a, in_channels)
  output y: (..., a, a, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 4.
An index on the left of -> but not on its right is summed over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 2
    ->aaH  a constant on the diagonal
    ->abH  a constant everywhere

  order 1: 15
    aaH->aaH  the diagonal, on the diagonal
    aaH->abH  the diagonal, repeated along b (axis 2)
    aaH->baH  the diagonal, repeated along b (axis 1)
    aaH->bbH  the diagonal, summed over a, repeated along b (axis 1), on the diagonal
    aaH->bcH  the diagonal, summed over a, repeated along b (axis 1), c (axis 2)
    abH->aaH  summed over b, on the diagonal
    abH->abH  the input itself
    abH->acH  summed over b, repeated along c (axis 2)
    abH->baH  transposed
    abH->bbH  summed over a, on the diagonal
    abH->bcH  summed over a, repeated along c (axis 2)
    abH->caH  summed over b, repeated along c (axis 1)
    abH->cbH  summed over a, repeated along c (axis 1)
    abH->ccH  summed over a, b, repeated along c (axis 1), on the diagonal
    abH->cdH  summed over a, b, repeated along c (axis 1), d (axis 2)

Made by:
  symshare emit --symmetry aaH --order 1 --kind linear --reduce sum
"""

import torch

SIGNATURE = "aaH"
DEPENDS = ()
SIZES = {}
TERMS = (
    "->aaH",
    "->abH",
    "aaH->aaH",
    "aaH->abH",
    "aaH->baH",
    "aaH->bbH",
    "aaH->bcH",
    "abH->aaH",
    "abH->abH",
    "abH->acH",
    "abH->baH",
    "abH->bbH",
    "abH->bcH",
    "abH->caH",
    "abH->cbH",
    "abH->ccH",
    "abH->cdH",
)


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
        for key in ("__aa", "__ab"):
            self.bias[key] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in (
            "aa__aa",
            "aa__ab",
            "aa__ba",
            "aa__bb",
            "aa__bc",
            "ab__aa",
            "ab__ab",
            "ab__ac",
            "ab__ba",
            "ab__bb",
            "ab__bc",
            "ab__ca",
            "ab__cb",
            "ab__cc",
            "ab__cd",
        ):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(15 * fan_in) ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x (..., a, a, in_channels) to (..., a, a, out_channels)."""
        if x.dim() < 3 or x.shape[-2] != x.shape[-3] or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, a, {self.in_channels}), not {shape}"
            )
        n_a = x.shape[-3]
        # ->aaH: a constant on the diagonal
        t1 = self.bias["__aa"][..., None, :]
        t1 = t1.expand(*t1.shape[:-2], n_a, -1)
        t2 = torch.diag_embed(t1.movedim(-2, -1), dim1=-3, dim2=-2)
        y = t2
        # ->abH: a constant everywhere
        y = y + self.bias["__ab"]
        # aaH->aaH: the diagonal, on the diagonal
        x_aa = torch.einsum("...aaC->...aC", x)
        t3 = x_aa @ self.mix["aa__aa"]
        t4 = torch.diag_embed(t3.movedim(-2, -1), dim1=-3, dim2=-2)
        y = y + t4
        # aaH->abH: the diagonal, repeated along b (axis 2)
        t5 = x_aa @ self.mix["aa__ab"]
        t6 = t5[..., :, None, :]
        y = y + t6
        # aaH->baH: the diagonal, repeated along b (axis 1)
        t7 = x_aa @ self.mix["aa__ba"]
        t8 = t7[..., None, :, :]
        y = y + t8
        # aaH->bbH: the diagonal, summed over a, repeated along b (axis 1), on the
        #   diagonal
        x_aa_sum = x_aa.sum(-2)
        t9 = x_aa_sum @ self.mix["aa__bb"]
        t10 = t9[..., None, :]
        t10 = t10.expand(*t10.shape[:-2], n_a, -1)
        t11 = torch.diag_embed(t10.movedim(-2, -1), dim1=-3, dim2=-2)
        y = y + t11
        # aaH->bcH: the diagonal, summed over a, repeated along b (axis 1), c (axis 2)
        t12 = x_aa_sum @ self.mix["aa__bc"]
        t13 = t12[..., None, None, :]
        y = y + t13
        # abH->aaH: summed over b, on the diagonal
        x_a = x.sum(-2)
        t14 = x_a @ self.mix["ab__aa"]
        t15 = torch.diag_embed(t14.movedim(-2, -1), dim1=-3, dim2=-2)
        y = y + t15
        # abH->abH: the input itself
        t16 = x @ self.mix["ab__ab"]
        y = y + t16
        # abH->acH: summed over b, repeated along c (axis 2)
        t17 = x_a @ self.mix["ab__ac"]
        t18 = t17[..., :, None, :]
        y = y + t18
        # abH->baH: transposed
        t19 = x @ self.mix["ab__ba"]
        t20 = t19.transpose(-3, -2)
        y = y + t20
        # abH->bbH: summed over a, on the diagonal
        x_b = x.sum(-3)
        t21 = x_b @ self.mix["ab__bb"]
        t22 = torch.diag_embed(t21.movedim(-2, -1), dim1=-3, dim2=-2)
        y = y + t22
        # abH->bcH: summed over a, repeated along c (axis 2)
        t23 = x_b @ self.mix["ab__bc"]
        t24 = t23[..., :, None, :]
        y = y + t24
        # abH->caH: summed over b, repeated along c (axis 1)
        t25 = x_a @ self.mix["ab__ca"]
        t26 = t25[..., None, :, :]
        y = y + t26
        # abH->cbH: summed over a, repeated along c (axis 1)
        t27 = x_b @ self.mix["ab__cb"]
        t28 = t27[..., None, :, :]
        y = y + t28
        # abH->ccH: summed over a, b, repeated along c (axis 1), on the diagonal
        x_sum = x.sum((-3, -2))
        t29 = x_sum @ self.mix["ab__cc"]
        t30 = t29[..., None, :]
        t30 = t30.expand(*t30.shape[:-2], n_a, -1)
        t31 = torch.diag_embed(t30.movedim(-2, -1), dim1=-3, dim2=-2)
        y = y + t31
        # abH->cdH: summed over a, b, repeated along c (axis 1), d (axis 2)
        t32 = x_sum @ self.mix["ab__cd"]
        t33 = t32[..., None, None, :]
        y = y + t33
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
