"""Equivariant linear layer for abab.

  axis a: permuted
  axis b: permuted on its own below each a

  input x: (..., a, b, a, b, in_channels)
  output y: (..., a, b, a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 4, b >= 4.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 3
    ->abab  a constant on the diagonal of axes 1, 3 and of axes 2, 4
    ->abac  a constant on the diagonal of axes 1, 3
    ->abcd  a constant everywhere

  order 1: 60
    abab->abab  the diagonal of axes 1, 3 and of axes 2, 4, on the diagonal of axes 1, 3 and of axes 2, 4
    abab->abac  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 4), on the diagonal of axes 1, 3
    abab->abcd  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 3), d (axis 4)
    abab->acab  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 2), on the diagonal of axes 1, 3
    abab->acac  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abab->acad  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), d (axis 4), on the diagonal of axes 1, 3
    abab->acde  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), d (axis 3), e (axis 4)
    abab->cdab  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 1), d (axis 2)
    abab->cdae  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 1), d (axis 2), e (axis 4)
    abab->cdcd  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abab->cdce  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), e (axis 4), on the diagonal of axes 1, 3
    abab->cdef  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), e (axis 3), f (axis 4)
    abac->abab  the diagonal of axes 1, 3, averaged over c, on the diagonal of axes 1, 3 and of axes 2, 4
    abac->abac  the diagonal of axes 1, 3, on the diagonal of axes 1, 3
    abac->abad  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 4), on the diagonal of axes 1, 3
    abac->abde  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 3), e (axis 4)
    abac->acab  the diagonal of axes 1, 3, axes exchanged, on the diagonal of axes 1, 3
    abac->acac  the diagonal of axes 1, 3, averaged over b, on the diagonal of axes 1, 3 and of axes 2, 4
    abac->acad  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 4), on the diagonal of axes 1, 3
    abac->acde  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 3), e (axis 4)
    abac->adab  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 2), on the diagonal of axes 1, 3
    abac->adac  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 2), on the diagonal of axes 1, 3
    abac->adad  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abac->adae  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), e (axis 4), on the diagonal of axes 1, 3
    abac->adef  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), e (axis 3), f (axis 4)
    abac->deab  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 1), e (axis 2)
    abac->deac  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 1), e (axis 2)
    abac->deaf  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 1), e (axis 2), f (axis 4)
    abac->dede  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abac->dedf  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abac->defg  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), f (axis 3), g (axis 4)
    abcd->abab  averaged over c, d, on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->abae  averaged over c, d, repeated along e (axis 4), on the diagonal of axes 1, 3
    abcd->abcd  the input itself
    abcd->abce  averaged over d, repeated along e (axis 4)
    abcd->abef  averaged over c, d, repeated along e (axis 3), f (axis 4)
    abcd->aeab  averaged over c, d, repeated along e (axis 2), on the diagonal of axes 1, 3
    abcd->aeae  averaged over b, c, d, repeated along e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->aeaf  averaged over b, c, d, repeated along e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abcd->aecd  averaged over b, repeated along e (axis 2)
    abcd->aecf  averaged over b, d, repeated along e (axis 2), f (axis 4)
    abcd->aefg  averaged over b, c, d, repeated along e (axis 2), f (axis 3), g (axis 4)
    abcd->cdab  axes exchanged
    abcd->cdae  averaged over b, axes exchanged, repeated along e (axis 4)
    abcd->cdcd  averaged over a, b, on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->cdce  averaged over a, b, repeated along e (axis 4), on the diagonal of axes 1, 3
    abcd->cdef  averaged over a, b, repeated along e (axis 3), f (axis 4)
    abcd->ceab  averaged over d, axes exchanged, repeated along e (axis 2)
    abcd->ceaf  averaged over b, d, transposed, repeated along e (axis 2), f (axis 4)
    abcd->cecd  averaged over a, b, repeated along e (axis 2), on the diagonal of axes 1, 3
    abcd->cece  averaged over a, b, d, repeated along e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->cecf  averaged over a, b, d, repeated along e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abcd->cefg  averaged over a, b, d, repeated along e (axis 2), f (axis 3), g (axis 4)
    abcd->efab  averaged over c, d, repeated along e (axis 1), f (axis 2)
    abcd->efag  averaged over b, c, d, repeated along e (axis 1), f (axis 2), g (axis 4)
    abcd->efcd  averaged over a, b, repeated along e (axis 1), f (axis 2)
    abcd->efcg  averaged over a, b, d, repeated along e (axis 1), f (axis 2), g (axis 4)
    abcd->efef  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->efeg  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), g (axis 4), on the diagonal of axes 1, 3
    abcd->efgh  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), g (axis 3), h (axis 4)

Made by:
  symshare emit --symmetry abab --order 1 --kind linear --depends 'a->b'
"""

import torch

SIGNATURE = "abab"
DEPENDS = ("a->b",)
SIZES = {}
TERMS = (
    "->abab",
    "->abac",
    "->abcd",
    "abab->abab",
    "abab->abac",
    "abab->abcd",
    "abab->acab",
    "abab->acac",
    "abab->acad",
    "abab->acde",
    "abab->cdab",
    "abab->cdae",
    "abab->cdcd",
    "abab->cdce",
    "abab->cdef",
    "abac->abab",
    "abac->abac",
    "abac->abad",
    "abac->abde",
    "abac->acab",
    "abac->acac",
    "abac->acad",
    "abac->acde",
    "abac->adab",
    "abac->adac",
    "abac->adad",
    "abac->adae",
    "abac->adef",
    "abac->deab",
    "abac->deac",
    "abac->deaf",
    "abac->dede",
    "abac->dedf",
    "abac->defg",
    "abcd->abab",
    "abcd->abae",
    "abcd->abcd",
    "abcd->abce",
    "abcd->abef",
    "abcd->aeab",
    "abcd->aeae",
    "abcd->aeaf",
    "abcd->aecd",
    "abcd->aecf",
    "abcd->aefg",
    "abcd->cdab",
    "abcd->cdae",
    "abcd->cdcd",
    "abcd->cdce",
    "abcd->cdef",
    "abcd->ceab",
    "abcd->ceaf",
    "abcd->cecd",
    "abcd->cece",
    "abcd->cecf",
    "abcd->cefg",
    "abcd->efab",
    "abcd->efag",
    "abcd->efcd",
    "abcd->efcg",
    "abcd->efef",
    "abcd->efeg",
    "abcd->efgh",
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
        for key in ("__abab", "__abac", "__abcd"):
            self.bias[key] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in (
            "abab__abab",
            "abab__abac",
            "abab__abcd",
            "abab__acab",
            "abab__acac",
            "abab__acad",
            "abab__acde",
            "abab__cdab",
            "abab__cdae",
            "abab__cdcd",
            "abab__cdce",
            "abab__cdef",
            "abac__abab",
            "abac__abac",
            "abac__abad",
            "abac__abde",
            "abac__acab",
            "abac__acac",
            "abac__acad",
            "abac__acde",
            "abac__adab",
            "abac__adac",
            "abac__adad",
            "abac__adae",
            "abac__adef",
            "abac__deab",
            "abac__deac",
            "abac__deaf",
            "abac__dede",
            "abac__dedf",
            "abac__defg",
            "abcd__abab",
            "abcd__abae",
            "abcd__abcd",
            "abcd__abce",
            "abcd__abef",
            "abcd__aeab",
            "abcd__aeae",
            "abcd__aeaf",
            "abcd__aecd",
            "abcd__aecf",
            "abcd__aefg",
            "abcd__cdab",
            "abcd__cdae",
            "abcd__cdcd",
            "abcd__cdce",
            "abcd__cdef",
            "abcd__ceab",
            "abcd__ceaf",
            "abcd__cecd",
            "abcd__cece",
            "abcd__cecf",
            "abcd__cefg",
            "abcd__efab",
            "abcd__efag",
            "abcd__efcd",
            "abcd__efcg",
            "abcd__efef",
            "abcd__efeg",
            "abcd__efgh",
        ):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(60 * fan_in) ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x (..., a, b, a, b, in_channels) to (..., a, b, a, b, out_channels)."""
        if (
            x.dim() < 5
            or x.shape[-3] != x.shape[-5]
            or x.shape[-2] != x.shape[-4]
            or x.shape[-1] != self.in_channels
        ):
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, b, a, b, {self.in_channels}), not {shape}"
            )
        n_a = x.shape[-5]
        n_b = x.shape[-4]
        # ->abab: a constant on the diagonal of axes 1, 3 and of axes 2, 4
        t1 = self.bias["__abab"][..., None, None, :]
        t1 = t1.expand(*t1.shape[:-3], n_a, n_b, -1)
        t2 = torch.diag_embed(t1.movedim(-3, -1), dim1=-4, dim2=-2)
        t2 = torch.diag_embed(t2.movedim(-3, -1), dim1=-4, dim2=-2)
        y = t2
        # ->abac: a constant on the diagonal of axes 1, 3
        t3 = self.bias["__abac"][..., None, None, None, :]
        t3 = t3.expand(*t3.shape[:-4], n_a, -1, -1, -1)
        t4 = torch.diag_embed(t3.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t4
        # ->abcd: a constant everywhere
        y = y + self.bias["__abcd"]
        # abab->abab: the diagonal of axes 1, 3 and of axes 2, 4, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        x_abab = torch.einsum("...ababC->...abC", x)
        t5 = x_abab @ self.mix["abab__abab"]
        t6 = torch.diag_embed(t5.movedim(-3, -1), dim1=-4, dim2=-2)
        t6 = torch.diag_embed(t6.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t6
        # abab->abac: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 4), on the diagonal of axes 1, 3
        t7 = x_abab @ self.mix["abab__abac"]
        t8 = t7[..., :, :, None, :]
        t9 = torch.diag_embed(t8.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t9
        # abab->abcd: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 3), d (axis 4)
        t10 = x_abab @ self.mix["abab__abcd"]
        t11 = t10[..., :, :, None, None, :]
        y = y + t11
        # abab->acab: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 2), on the diagonal of axes 1, 3
        t12 = x_abab @ self.mix["abab__acab"]
        t13 = t12[..., :, None, :, :]
        t14 = torch.diag_embed(t13.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t14
        # abab->acac: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        x_abab_a = x_abab.mean(-2)
        t15 = x_abab_a @ self.mix["abab__acac"]
        t16 = t15[..., :, None, :]
        t16 = t16.expand(*t16.shape[:-3], -1, n_b, -1)
        t17 = torch.diag_embed(t16.movedim(-3, -1), dim1=-4, dim2=-2)
        t17 = torch.diag_embed(t17.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t17
        # abab->acad: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), d (axis 4), on the diagonal of axes 1, 3
        t18 = x_abab_a @ self.mix["abab__acad"]
        t19 = t18[..., :, None, None, :]
        t20 = torch.diag_embed(t19.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t20
        # abab->acde: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), d (axis 3), e (axis 4)
        t21 = x_abab_a @ self.mix["abab__acde"]
        t22 = t21[..., :, None, None, None, :]
        y = y + t22
        # abab->cdab: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 1), d (axis 2)
        t23 = x_abab @ self.mix["abab__cdab"]
        t24 = t23[..., None, None, :, :, :]
        y = y + t24
        # abab->cdae: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 1), d (axis 2), e (axis 4)
        t25 = x_abab_a @ self.mix["abab__cdae"]
        t26 = t25[..., None, None, :, None, :]
        y = y + t26
        # abab->cdcd: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), on the diagonal of axes 1, 3 and of
        #   axes 2, 4
        x_abab_mean = x_abab.mean((-3, -2))
        t27 = x_abab_mean @ self.mix["abab__cdcd"]
        t28 = t27[..., None, None, :]
        t28 = t28.expand(*t28.shape[:-3], n_a, n_b, -1)
        t29 = torch.diag_embed(t28.movedim(-3, -1), dim1=-4, dim2=-2)
        t29 = torch.diag_embed(t29.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t29
        # abab->cdce: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), e (axis 4), on the diagonal of axes
        #   1, 3
        t30 = x_abab_mean @ self.mix["abab__cdce"]
        t31 = t30[..., None, None, None, :]
        t31 = t31.expand(*t31.shape[:-4], n_a, -1, -1, -1)
        t32 = torch.diag_embed(t31.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t32
        # abab->cdef: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), e (axis 3), f (axis 4)
        t33 = x_abab_mean @ self.mix["abab__cdef"]
        t34 = t33[..., None, None, None, None, :]
        y = y + t34
        # abac->abab: the diagonal of axes 1, 3, averaged over c, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        x_abac = torch.einsum("...abacC->...abcC", x)
        x_abac_ab = x_abac.mean(-2)
        t35 = x_abac_ab @ self.mix["abac__abab"]
        t36 = torch.diag_embed(t35.movedim(-3, -1), dim1=-4, dim2=-2)
        t36 = torch.diag_embed(t36.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t36
        # abac->abac: the diagonal of axes 1, 3, on the diagonal of axes 1, 3
        t37 = x_abac @ self.mix["abac__abac"]
        t38 = torch.diag_embed(t37.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t38
        # abac->abad: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 4), on the diagonal of axes 1, 3
        t39 = x_abac_ab @ self.mix["abac__abad"]
        t40 = t39[..., :, :, None, :]
        t41 = torch.diag_embed(t40.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t41
        # abac->abde: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 3), e (axis 4)
        t42 = x_abac_ab @ self.mix["abac__abde"]
        t43 = t42[..., :, :, None, None, :]
        y = y + t43
        # abac->acab: the diagonal of axes 1, 3, axes exchanged, on the diagonal of
        #   axes 1, 3
        t44 = x_abac @ self.mix["abac__acab"]
        t45 = torch.einsum("...abcC->...acbC", t44)
        t46 = torch.diag_embed(t45.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t46
        # abac->acac: the diagonal of axes 1, 3, averaged over b, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        x_abac_ac = x_abac.mean(-3)
        t47 = x_abac_ac @ self.mix["abac__acac"]
        t48 = torch.diag_embed(t47.movedim(-3, -1), dim1=-4, dim2=-2)
        t48 = torch.diag_embed(t48.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t48
        # abac->acad: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 4), on the diagonal of axes 1, 3
        t49 = x_abac_ac @ self.mix["abac__acad"]
        t50 = t49[..., :, :, None, :]
        t51 = torch.diag_embed(t50.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t51
        # abac->acde: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 3), e (axis 4)
        t52 = x_abac_ac @ self.mix["abac__acde"]
        t53 = t52[..., :, :, None, None, :]
        y = y + t53
        # abac->adab: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3
        t54 = x_abac_ab @ self.mix["abac__adab"]
        t55 = t54[..., :, None, :, :]
        t56 = torch.diag_embed(t55.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t56
        # abac->adac: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3
        t57 = x_abac_ac @ self.mix["abac__adac"]
        t58 = t57[..., :, None, :, :]
        t59 = torch.diag_embed(t58.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t59
        # abac->adad: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        x_abac_a = x_abac.mean((-3, -2))
        t60 = x_abac_a @ self.mix["abac__adad"]
        t61 = t60[..., :, None, :]
        t61 = t61.expand(*t61.shape[:-3], -1, n_b, -1)
        t62 = torch.diag_embed(t61.movedim(-3, -1), dim1=-4, dim2=-2)
        t62 = torch.diag_embed(t62.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t62
        # abac->adae: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), e (axis 4), on the diagonal of axes 1, 3
        t63 = x_abac_a @ self.mix["abac__adae"]
        t64 = t63[..., :, None, None, :]
        t65 = torch.diag_embed(t64.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t65
        # abac->adef: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), e (axis 3), f (axis 4)
        t66 = x_abac_a @ self.mix["abac__adef"]
        t67 = t66[..., :, None, None, None, :]
        y = y + t67
        # abac->deab: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 1), e (axis 2)
        t68 = x_abac_ab @ self.mix["abac__deab"]
        t69 = t68[..., None, None, :, :, :]
        y = y + t69
        # abac->deac: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 1), e (axis 2)
        t70 = x_abac_ac @ self.mix["abac__deac"]
        t71 = t70[..., None, None, :, :, :]
        y = y + t71
        # abac->deaf: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 1), e (axis 2), f (axis 4)
        t72 = x_abac_a @ self.mix["abac__deaf"]
        t73 = t72[..., None, None, :, None, :]
        y = y + t73
        # abac->dede: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        x_abac_mean = x_abac.mean((-4, -3, -2))
        t74 = x_abac_mean @ self.mix["abac__dede"]
        t75 = t74[..., None, None, :]
        t75 = t75.expand(*t75.shape[:-3], n_a, n_b, -1)
        t76 = torch.diag_embed(t75.movedim(-3, -1), dim1=-4, dim2=-2)
        t76 = torch.diag_embed(t76.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t76
        # abac->dedf: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), f (axis 4), on the diagonal of axes 1, 3
        t77 = x_abac_mean @ self.mix["abac__dedf"]
        t78 = t77[..., None, None, None, :]
        t78 = t78.expand(*t78.shape[:-4], n_a, -1, -1, -1)
        t79 = torch.diag_embed(t78.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t79
        # abac->defg: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), f (axis 3), g (axis 4)
        t80 = x_abac_mean @ self.mix["abac__defg"]
        t81 = t80[..., None, None, None, None, :]
        y = y + t81
        # abcd->abab: averaged over c, d, on the diagonal of axes 1, 3 and of axes 2,
        #   4
        x_ab = x.mean((-3, -2))
        t82 = x_ab @ self.mix["abcd__abab"]
        t83 = torch.diag_embed(t82.movedim(-3, -1), dim1=-4, dim2=-2)
        t83 = torch.diag_embed(t83.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t83
        # abcd->abae: averaged over c, d, repeated along e (axis 4), on the diagonal
        #   of axes 1, 3
        t84 = x_ab @ self.mix["abcd__abae"]
        t85 = t84[..., :, :, None, :]
        t86 = torch.diag_embed(t85.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t86
        # abcd->abcd: the input itself
        t87 = x @ self.mix["abcd__abcd"]
        y = y + t87
        # abcd->abce: averaged over d, repeated along e (axis 4)
        x_abc = x.mean(-2)
        t88 = x_abc @ self.mix["abcd__abce"]
        t89 = t88[..., :, :, :, None, :]
        y = y + t89
        # abcd->abef: averaged over c, d, repeated along e (axis 3), f (axis 4)
        t90 = x_ab @ self.mix["abcd__abef"]
        t91 = t90[..., :, :, None, None, :]
        y = y + t91
        # abcd->aeab: averaged over c, d, repeated along e (axis 2), on the diagonal
        #   of axes 1, 3
        t92 = x_ab @ self.mix["abcd__aeab"]
        t93 = t92[..., :, None, :, :]
        t94 = torch.diag_embed(t93.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t94
        # abcd->aeae: averaged over b, c, d, repeated along e (axis 2), on the
        #   diagonal of axes 1, 3 and of axes 2, 4
        x_a = x.mean((-4, -3, -2))
        t95 = x_a @ self.mix["abcd__aeae"]
        t96 = t95[..., :, None, :]
        t96 = t96.expand(*t96.shape[:-3], -1, n_b, -1)
        t97 = torch.diag_embed(t96.movedim(-3, -1), dim1=-4, dim2=-2)
        t97 = torch.diag_embed(t97.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t97
        # abcd->aeaf: averaged over b, c, d, repeated along e (axis 2), f (axis 4), on
        #   the diagonal of axes 1, 3
        t98 = x_a @ self.mix["abcd__aeaf"]
        t99 = t98[..., :, None, None, :]
        t100 = torch.diag_embed(t99.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t100
        # abcd->aecd: averaged over b, repeated along e (axis 2)
        x_acd = x.mean(-4)
        t101 = x_acd @ self.mix["abcd__aecd"]
        t102 = t101[..., :, None, :, :, :]
        y = y + t102
        # abcd->aecf: averaged over b, d, repeated along e (axis 2), f (axis 4)
        x_ac = x.mean((-4, -2))
        t103 = x_ac @ self.mix["abcd__aecf"]
        t104 = t103[..., :, None, :, None, :]
        y = y + t104
        # abcd->aefg: averaged over b, c, d, repeated along e (axis 2), f (axis 3), g
        #   (axis 4)
        t105 = x_a @ self.mix["abcd__aefg"]
        t106 = t105[..., :, None, None, None, :]
        y = y + t106
        # abcd->cdab: axes exchanged
        t107 = x @ self.mix["abcd__cdab"]
        t108 = torch.einsum("...abcdC->...cdabC", t107)
        y = y + t108
        # abcd->cdae: averaged over b, axes exchanged, repeated along e (axis 4)
        t109 = x_acd @ self.mix["abcd__cdae"]
        t110 = torch.einsum("...acdC->...cdaC", t109)
        t111 = t110[..., :, :, :, None, :]
        y = y + t111
        # abcd->cdcd: averaged over a, b, on the diagonal of axes 1, 3 and of axes 2,
        #   4
        x_cd = x.mean((-5, -4))
        t112 = x_cd @ self.mix["abcd__cdcd"]
        t113 = torch.diag_embed(t112.movedim(-3, -1), dim1=-4, dim2=-2)
        t113 = torch.diag_embed(t113.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t113
        # abcd->cdce: averaged over a, b, repeated along e (axis 4), on the diagonal
        #   of axes 1, 3
        t114 = x_cd @ self.mix["abcd__cdce"]
        t115 = t114[..., :, :, None, :]
        t116 = torch.diag_embed(t115.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t116
        # abcd->cdef: averaged over a, b, repeated along e (axis 3), f (axis 4)
        t117 = x_cd @ self.mix["abcd__cdef"]
        t118 = t117[..., :, :, None, None, :]
        y = y + t118
        # abcd->ceab: averaged over d, axes exchanged, repeated along e (axis 2)
        t119 = x_abc @ self.mix["abcd__ceab"]
        t120 = torch.einsum("...abcC->...cabC", t119)
        t121 = t120[..., :, None, :, :, :]
        y = y + t121
        # abcd->ceaf: averaged over b, d, transposed, repeated along e (axis 2), f
        #   (axis 4)
        t122 = x_ac @ self.mix["abcd__ceaf"]
        t123 = t122.transpose(-3, -2)
        t124 = t123[..., :, None, :, None, :]
        y = y + t124
        # abcd->cecd: averaged over a, b, repeated along e (axis 2), on the diagonal
        #   of axes 1, 3
        t125 = x_cd @ self.mix["abcd__cecd"]
        t126 = t125[..., :, None, :, :]
        t127 = torch.diag_embed(t126.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t127
        # abcd->cece: averaged over a, b, d, repeated along e (axis 2), on the
        #   diagonal of axes 1, 3 and of axes 2, 4
        x_c = x.mean((-5, -4, -2))
        t128 = x_c @ self.mix["abcd__cece"]
        t129 = t128[..., :, None, :]
        t129 = t129.expand(*t129.shape[:-3], -1, n_b, -1)
        t130 = torch.diag_embed(t129.movedim(-3, -1), dim1=-4, dim2=-2)
        t130 = torch.diag_embed(t130.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t130
        # abcd->cecf: averaged over a, b, d, repeated along e (axis 2), f (axis 4), on
        #   the diagonal of axes 1, 3
        t131 = x_c @ self.mix["abcd__cecf"]
        t132 = t131[..., :, None, None, :]
        t133 = torch.diag_embed(t132.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t133
        # abcd->cefg: averaged over a, b, d, repeated along e (axis 2), f (axis 3), g
        #   (axis 4)
        t134 = x_c @ self.mix["abcd__cefg"]
        t135 = t134[..., :, None, None, None, :]
        y = y + t135
        # abcd->efab: averaged over c, d, repeated along e (axis 1), f (axis 2)
        t136 = x_ab @ self.mix["abcd__efab"]
        t137 = t136[..., None, None, :, :, :]
        y = y + t137
        # abcd->efag: averaged over b, c, d, repeated along e (axis 1), f (axis 2), g
        #   (axis 4)
        t138 = x_a @ self.mix["abcd__efag"]
        t139 = t138[..., None, None, :, None, :]
        y = y + t139
        # abcd->efcd: averaged over a, b, repeated along e (axis 1), f (axis 2)
        t140 = x_cd @ self.mix["abcd__efcd"]
        t141 = t140[..., None, None, :, :, :]
        y = y + t141
        # abcd->efcg: averaged over a, b, d, repeated along e (axis 1), f (axis 2), g
        #   (axis 4)
        t142 = x_c @ self.mix["abcd__efcg"]
        t143 = t142[..., None, None, :, None, :]
        y = y + t143
        # abcd->efef: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   on the diagonal of axes 1, 3 and of axes 2, 4
        x_mean = x.mean((-5, -4, -3, -2))
        t144 = x_mean @ self.mix["abcd__efef"]
        t145 = t144[..., None, None, :]
        t145 = t145.expand(*t145.shape[:-3], n_a, n_b, -1)
        t146 = torch.diag_embed(t145.movedim(-3, -1), dim1=-4, dim2=-2)
        t146 = torch.diag_embed(t146.movedim(-3, -1), dim1=-4, dim2=-2)
        y = y + t146
        # abcd->efeg: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   g (axis 4), on the diagonal of axes 1, 3
        t147 = x_mean @ self.mix["abcd__efeg"]
        t148 = t147[..., None, None, None, :]
        t148 = t148.expand(*t148.shape[:-4], n_a, -1, -1, -1)
        t149 = torch.diag_embed(t148.movedim(-4, -1), dim1=-5, dim2=-3)
        y = y + t149
        # abcd->efgh: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   g (axis 3), h (axis 4)
        t150 = x_mean @ self.mix["abcd__efgh"]
        t151 = t150[..., None, None, None, None, :]
        y = y + t151
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
