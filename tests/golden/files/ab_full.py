"""Equivariant polynomial layer for ab.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 3, b >= 3.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->ab  a constant everywhere

  order 1: 4
    ab->ab  the input itself
    ab->ac  averaged over b, repeated along c
    ab->cb  averaged over a, repeated along c
    ab->cd  averaged over a, b, repeated along c, d

  order 2: 17
    ab,ab->ab
    ab,ab->ac
    ab,ab->cb
    ab,ab->cd
    ab,ac->ab
    ab,ac->ad
    ab,ac->db
    ab,ac->de
    ab,cb->ab
    ab,cb->ad
    ab,cb->db
    ab,cb->de
    ab,cd->ab
    ab,cd->ad
    ab,cd->ae
    ab,cd->eb
    ab,cd->ef

Made by:
  symshare emit --symmetry ab --order 2 --kind polynomial --coefficients full
"""

import torch

SIGNATURE = "ab"
DEPENDS = ()
SIZES = {}
TERMS = (
    "->ab",
    "ab->ab",
    "ab->ac",
    "ab->cb",
    "ab->cd",
    "ab,ab->ab",
    "ab,ab->ac",
    "ab,ab->cb",
    "ab,ab->cd",
    "ab,ac->ab",
    "ab,ac->ad",
    "ab,ac->db",
    "ab,ac->de",
    "ab,cb->ab",
    "ab,cb->ad",
    "ab,cb->db",
    "ab,cb->de",
    "ab,cd->ab",
    "ab,cd->ad",
    "ab,cd->ae",
    "ab,cd->eb",
    "ab,cd->ef",
)


class Layer(torch.nn.Module):
    """All equivariant terms of orders up to 2, each with coefficients of its own.

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
        for key in (
            "ab_ab__ab",
            "ab_ab__ac",
            "ab_ab__cb",
            "ab_ab__cd",
            "ab_ac__ab",
            "ab_ac__ad",
            "ab_ac__db",
            "ab_ac__de",
            "ab_cb__ab",
            "ab_cb__ad",
            "ab_cb__db",
            "ab_cb__de",
            "ab_cd__ab",
            "ab_cd__ad",
            "ab_cd__ae",
            "ab_cd__eb",
            "ab_cd__ef",
        ):
            self.mix[key] = weight(
                self.in_channels, self.in_channels, self.out_channels
            )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(21 * fan_in) ** -0.5)
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
        # ->ab: a constant everywhere
        y = self.bias["__ab"]
        # ab->ab: the input itself
        t1 = x @ self.mix["ab__ab"]
        y = y + t1
        # ab->ac: averaged over b, repeated along c
        x_a = x.mean(-2)
        t2 = x_a @ self.mix["ab__ac"]
        t3 = t2[..., :, None, :]
        y = y + t3
        # ab->cb: averaged over a, repeated along c
        x_b = x.mean(-3)
        t4 = x_b @ self.mix["ab__cb"]
        t5 = t4[..., None, :, :]
        y = y + t5
        # ab->cd: averaged over a, b, repeated along c, d
        x_mean = x.mean((-3, -2))
        t6 = x_mean @ self.mix["ab__cd"]
        t7 = t6[..., None, None, :]
        y = y + t7
        # ab,ab->ab
        t8 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__ab"])
        t9 = torch.einsum("...abC,...abCE->...abE", x, t8)
        y = y + t9
        # ab,ab->ac
        t10 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__ac"])
        t11 = torch.einsum("...abC,...abCE->...aE", x / n_b, t10)
        t12 = t11[..., :, None, :]
        y = y + t12
        # ab,ab->cb
        t13 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__cb"])
        t14 = torch.einsum("...abC,...abCE->...bE", x / n_a, t13)
        t15 = t14[..., None, :, :]
        y = y + t15
        # ab,ab->cd
        t16 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__cd"])
        t17 = torch.einsum("...abC,...abCE->...E", x / n_a, t16 / n_b)
        t18 = t17[..., None, None, :]
        y = y + t18
        # ab,ac->ab
        t19 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__ab"])
        t20 = torch.einsum("...abC,...aCE->...abE", x, t19)
        y = y + t20
        # ab,ac->ad
        t21 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__ad"])
        t22 = torch.einsum("...aC,...aCE->...aE", x_a, t21)
        t23 = t22[..., :, None, :]
        y = y + t23
        # ab,ac->db
        t24 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__db"])
        t25 = torch.einsum("...abC,...aCE->...bE", x / n_a, t24)
        t26 = t25[..., None, :, :]
        y = y + t26
        # ab,ac->de
        t27 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__de"])
        t28 = torch.einsum("...aC,...aCE->...E", x_a / n_a, t27)
        t29 = t28[..., None, None, :]
        y = y + t29
        # ab,cb->ab
        t30 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__ab"])
        t31 = torch.einsum("...abC,...bCE->...abE", x, t30)
        y = y + t31
        # ab,cb->ad
        t32 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__ad"])
        t33 = torch.einsum("...abC,...bCE->...aE", x / n_b, t32)
        t34 = t33[..., :, None, :]
        y = y + t34
        # ab,cb->db
        t35 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__db"])
        t36 = torch.einsum("...bC,...bCE->...bE", x_b, t35)
        t37 = t36[..., None, :, :]
        y = y + t37
        # ab,cb->de
        t38 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__de"])
        t39 = torch.einsum("...bC,...bCE->...E", x_b / n_b, t38)
        t40 = t39[..., None, None, :]
        y = y + t40
        # ab,cd->ab
        t41 = torch.einsum("...D,CDE->...CE", x_mean, self.mix["ab_cd__ab"])
        t42 = torch.einsum("...abC,...CE->...abE", x, t41)
        y = y + t42
        # ab,cd->ad
        t43 = torch.einsum("...dD,CDE->...dCE", x_b, self.mix["ab_cd__ad"])
        t44 = torch.einsum("...aC,...dCE->...adE", x_a, t43)
        y = y + t44
        # ab,cd->ae
        t45 = torch.einsum("...D,CDE->...CE", x_mean, self.mix["ab_cd__ae"])
        t46 = torch.einsum("...aC,...CE->...aE", x_a, t45)
        t47 = t46[..., :, None, :]
        y = y + t47
        # ab,cd->eb
        t48 = torch.einsum("...D,CDE->...CE", x_mean, self.mix["ab_cd__eb"])
        t49 = torch.einsum("...bC,...CE->...bE", x_b, t48)
        t50 = t49[..., None, :, :]
        y = y + t50
        # ab,cd->ef
        t51 = torch.einsum("...D,CDE->...CE", x_mean, self.mix["ab_cd__ef"])
        t52 = torch.einsum("...C,...CE->...E", x_mean, t51)
        t53 = t52[..., None, None, :]
        y = y + t53
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
