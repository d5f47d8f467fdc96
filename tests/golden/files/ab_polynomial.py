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
  symshare emit --symmetry ab --order 2 --kind polynomial
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
            self.mix[key] = weight(rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in (
            "ab_ab__ab__0",
            "ab_ab__ab__1",
            "ab_ab__ac__0",
            "ab_ab__ac__1",
            "ab_ab__cb__0",
            "ab_ab__cb__1",
            "ab_ab__cd__0",
            "ab_ab__cd__1",
            "ab_ac__ab__0",
            "ab_ac__ab__1",
            "ab_ac__ad__0",
            "ab_ac__ad__1",
            "ab_ac__db__0",
            "ab_ac__db__1",
            "ab_ac__de__0",
            "ab_ac__de__1",
            "ab_cb__ab__0",
            "ab_cb__ab__1",
            "ab_cb__ad__0",
            "ab_cb__ad__1",
            "ab_cb__db__0",
            "ab_cb__db__1",
            "ab_cb__de__0",
            "ab_cb__de__1",
            "ab_cd__ab__0",
            "ab_cd__ab__1",
            "ab_cd__ad__0",
            "ab_cd__ad__1",
            "ab_cd__ae__0",
            "ab_cd__ae__1",
            "ab_cd__eb__0",
            "ab_cd__eb__1",
            "ab_cd__ef__0",
            "ab_cd__ef__1",
        ):
            self.factor[key] = weight(self.in_channels, rank)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(21 * fan_in) ** -0.5)
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
        t8 = x @ self.factor["ab_ab__ab__0"]
        t9 = x @ self.factor["ab_ab__ab__1"]
        t10 = torch.einsum("...abC,...abC->...abC", t8, t9)
        t11 = t10 @ self.mix["ab_ab__ab"]
        y = y + t11
        # ab,ab->ac
        t12 = x @ self.factor["ab_ab__ac__0"]
        t13 = x @ self.factor["ab_ab__ac__1"]
        t14 = torch.einsum("...abC,...abC->...aC", t12 / n_b, t13)
        t15 = t14 @ self.mix["ab_ab__ac"]
        t16 = t15[..., :, None, :]
        y = y + t16
        # ab,ab->cb
        t17 = x @ self.factor["ab_ab__cb__0"]
        t18 = x @ self.factor["ab_ab__cb__1"]
        t19 = torch.einsum("...abC,...abC->...bC", t17 / n_a, t18)
        t20 = t19 @ self.mix["ab_ab__cb"]
        t21 = t20[..., None, :, :]
        y = y + t21
        # ab,ab->cd
        t22 = x @ self.factor["ab_ab__cd__0"]
        t23 = x @ self.factor["ab_ab__cd__1"]
        t24 = torch.einsum("...abC,...abC->...C", t22 / n_a, t23 / n_b)
        t25 = t24 @ self.mix["ab_ab__cd"]
        t26 = t25[..., None, None, :]
        y = y + t26
        # ab,ac->ab
        t27 = x @ self.factor["ab_ac__ab__0"]
        t28 = x_a @ self.factor["ab_ac__ab__1"]
        t29 = torch.einsum("...abC,...aC->...abC", t27, t28)
        t30 = t29 @ self.mix["ab_ac__ab"]
        y = y + t30
        # ab,ac->ad
        t31 = x_a @ self.factor["ab_ac__ad__0"]
        t32 = x_a @ self.factor["ab_ac__ad__1"]
        t33 = torch.einsum("...aC,...aC->...aC", t31, t32)
        t34 = t33 @ self.mix["ab_ac__ad"]
        t35 = t34[..., :, None, :]
        y = y + t35
        # ab,ac->db
        t36 = x @ self.factor["ab_ac__db__0"]
        t37 = x_a @ self.factor["ab_ac__db__1"]
        t38 = torch.einsum("...abC,...aC->...bC", t36 / n_a, t37)
        t39 = t38 @ self.mix["ab_ac__db"]
        t40 = t39[..., None, :, :]
        y = y + t40
        # ab,ac->de
        t41 = x_a @ self.factor["ab_ac__de__0"]
        t42 = x_a @ self.factor["ab_ac__de__1"]
        t43 = torch.einsum("...aC,...aC->...C", t41 / n_a, t42)
        t44 = t43 @ self.mix["ab_ac__de"]
        t45 = t44[..., None, None, :]
        y = y + t45
        # ab,cb->ab
        t46 = x @ self.factor["ab_cb__ab__0"]
        t47 = x_b @ self.factor["ab_cb__ab__1"]
        t48 = torch.einsum("...abC,...bC->...abC", t46, t47)
        t49 = t48 @ self.mix["ab_cb__ab"]
        y = y + t49
        # ab,cb->ad
        t50 = x @ self.factor["ab_cb__ad__0"]
        t51 = x_b @ self.factor["ab_cb__ad__1"]
        t52 = torch.einsum("...abC,...bC->...aC", t50 / n_b, t51)
        t53 = t52 @ self.mix["ab_cb__ad"]
        t54 = t53[..., :, None, :]
        y = y + t54
        # ab,cb->db
        t55 = x_b @ self.factor["ab_cb__db__0"]
        t56 = x_b @ self.factor["ab_cb__db__1"]
        t57 = torch.einsum("...bC,...bC->...bC", t55, t56)
        t58 = t57 @ self.mix["ab_cb__db"]
        t59 = t58[..., None, :, :]
        y = y + t59
        # ab,cb->de
        t60 = x_b @ self.factor["ab_cb__de__0"]
        t61 = x_b @ self.factor["ab_cb__de__1"]
        t62 = torch.einsum("...bC,...bC->...C", t60 / n_b, t61)
        t63 = t62 @ self.mix["ab_cb__de"]
        t64 = t63[..., None, None, :]
        y = y + t64
        # ab,cd->ab
        t65 = x @ self.factor["ab_cd__ab__0"]
        t66 = x_mean @ self.factor["ab_cd__ab__1"]
        t67 = torch.einsum("...abC,...C->...abC", t65, t66)
        t68 = t67 @ self.mix["ab_cd__ab"]
        y = y + t68
        # ab,cd->ad
        t69 = x_a @ self.factor["ab_cd__ad__0"]
        t70 = x_b @ self.factor["ab_cd__ad__1"]
        t71 = torch.einsum("...aC,...dC->...adC", t69, t70)
        t72 = t71 @ self.mix["ab_cd__ad"]
        y = y + t72
        # ab,cd->ae
        t73 = x_a @ self.factor["ab_cd__ae__0"]
        t74 = x_mean @ self.factor["ab_cd__ae__1"]
        t75 = torch.einsum("...aC,...C->...aC", t73, t74)
        t76 = t75 @ self.mix["ab_cd__ae"]
        t77 = t76[..., :, None, :]
        y = y + t77
        # ab,cd->eb
        t78 = x_b @ self.factor["ab_cd__eb__0"]
        t79 = x_mean @ self.factor["ab_cd__eb__1"]
        t80 = torch.einsum("...bC,...C->...bC", t78, t79)
        t81 = t80 @ self.mix["ab_cd__eb"]
        t82 = t81[..., None, :, :]
        y = y + t82
        # ab,cd->ef
        t83 = x_mean @ self.factor["ab_cd__ef__0"]
        t84 = x_mean @ self.factor["ab_cd__ef__1"]
        t85 = torch.einsum("...C,...C->...C", t83, t84)
        t86 = t85 @ self.mix["ab_cd__ef"]
        t87 = t86[..., None, None, :]
        y = y + t87
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
