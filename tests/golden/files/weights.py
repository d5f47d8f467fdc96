"""Equivariant linear layer for W:ba,b:b,V:cb->V:cb,b:b.

  axis b: permuted
  axis a: permuted
  axis c: permuted

  input W: (..., b, a, in_channels[0])
  input b: (..., b, in_channels[1])
  input V: (..., c, b, in_channels[2])
  output y_V: (..., c, b, out_channels[0])
  output y_b: (..., b, out_channels[1])

Works at any axis sizes, without redundant coefficients at b >= 2, a >= 1, c >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 2
    ->cb  a constant everywhere
    ->b   a constant everywhere

  order 1: 14
    ba->cb  W: averaged over a, repeated along c
    ba->cd  W: averaged over b, a, repeated along c, d
    b->cb   b: the input itself, repeated along c
    b->cd   b: averaged over b, repeated along c, d
    cb->cb  V: the input itself
    cb->cd  V: averaged over b, repeated along d
    cb->db  V: averaged over c, repeated along d
    cb->de  V: averaged over c, b, repeated along d, e
    ba->b   W: averaged over a
    ba->d   W: averaged over b, a, repeated along d
    b->b    b: the input itself
    b->d    b: averaged over b, repeated along d
    cb->b   V: averaged over c
    cb->d   V: averaged over c, b, repeated along d

Made by:
  symshare emit --symmetry 'W:ba,b:b,V:cb->V:cb,b:b' --order 1 --kind linear
"""

import torch

SIGNATURE = "W:ba,b:b,V:cb->V:cb,b:b"
DEPENDS = ()
SIZES = {}
TERMS = (
    "->cb",
    "->b",
    "ba->cb",
    "ba->cd",
    "b->cb",
    "b->cd",
    "cb->cb",
    "cb->cd",
    "cb->db",
    "cb->de",
    "ba->b",
    "ba->d",
    "b->b",
    "b->d",
    "cb->b",
    "cb->d",
)


def _per_tensor(channels: int | tuple[int, ...], number: int) -> tuple[int, ...]:
    """One channel number for each tensor; a single int is meant for all."""
    found = (channels,) * number if isinstance(channels, int) else tuple(channels)
    if len(found) != number:
        raise ValueError(f"{number} channel numbers are needed, not {len(found)}")
    return found


class Layer(torch.nn.Module):
    """All equivariant terms of order 1, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis (one for all, or one each).
    """

    def __init__(
        self,
        in_channels: int | tuple[int, ...],
        out_channels: int | tuple[int, ...],
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = _per_tensor(in_channels, 3)
        self.out_channels = _per_tensor(out_channels, 2)

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        self.bias["__V_cb"] = weight(self.out_channels[0])
        self.bias["__b_b"] = weight(self.out_channels[1])
        self.mix = torch.nn.ParameterDict()
        for key in ("W_ba__V_cb", "W_ba__V_cd"):
            self.mix[key] = weight(self.in_channels[0], self.out_channels[0])
        for key in ("b_b__V_cb", "b_b__V_cd"):
            self.mix[key] = weight(self.in_channels[1], self.out_channels[0])
        for key in ("V_cb__V_cb", "V_cb__V_cd", "V_cb__V_db", "V_cb__V_de"):
            self.mix[key] = weight(self.in_channels[2], self.out_channels[0])
        for key in ("W_ba__b_b", "W_ba__b_d"):
            self.mix[key] = weight(self.in_channels[0], self.out_channels[1])
        for key in ("b_b__b_b", "b_b__b_d"):
            self.mix[key] = weight(self.in_channels[1], self.out_channels[1])
        for key in ("V_cb__b_b", "V_cb__b_d"):
            self.mix[key] = weight(self.in_channels[2], self.out_channels[1])
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, small enough that the terms add up to the scale of one."""
        for weight in self.mix.values():
            fan_in = weight.numel() // weight.shape[-1]
            torch.nn.init.normal_(weight, std=(8 * fan_in) ** -0.5)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)

    def forward(
        self, W: torch.Tensor, b: torch.Tensor, V: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Map W (..., b, a, in_channels[0]) and b (..., b, in_channels[1]) and V (...,
        c, b, in_channels[2]) to (..., c, b, out_channels[0]) and (..., b,
        out_channels[1]).
        """
        if W.dim() < 3 or W.shape[-1] != self.in_channels[0]:
            shape = tuple(W.shape)
            raise ValueError(
                f"W needs shape (..., b, a, {self.in_channels[0]}), not {shape}"
            )
        if (
            b.dim() < 2
            or b.shape[-2] != W.shape[-3]
            or b.shape[-1] != self.in_channels[1]
        ):
            shape = tuple(b.shape)
            raise ValueError(
                f"b needs shape (..., b, {self.in_channels[1]}), not {shape}"
            )
        if (
            V.dim() < 3
            or V.shape[-2] != W.shape[-3]
            or V.shape[-1] != self.in_channels[2]
        ):
            shape = tuple(V.shape)
            raise ValueError(
                f"V needs shape (..., c, b, {self.in_channels[2]}), not {shape}"
            )
        # ->cb: a constant everywhere
        y_V = self.bias["__V_cb"]
        # ->b: a constant everywhere
        y_b = self.bias["__b_b"]
        # ba->cb: W: averaged over a, repeated along c
        W_b = W.mean(-2)
        t1 = W_b @ self.mix["W_ba__V_cb"]
        t2 = t1[..., None, :, :]
        y_V = y_V + t2
        # ba->cd: W: averaged over b, a, repeated along c, d
        W_mean = W.mean((-3, -2))
        t3 = W_mean @ self.mix["W_ba__V_cd"]
        t4 = t3[..., None, None, :]
        y_V = y_V + t4
        # b->cb: b: the input itself, repeated along c
        t5 = b @ self.mix["b_b__V_cb"]
        t6 = t5[..., None, :, :]
        y_V = y_V + t6
        # b->cd: b: averaged over b, repeated along c, d
        b_mean = b.mean(-2)
        t7 = b_mean @ self.mix["b_b__V_cd"]
        t8 = t7[..., None, None, :]
        y_V = y_V + t8
        # cb->cb: V: the input itself
        t9 = V @ self.mix["V_cb__V_cb"]
        y_V = y_V + t9
        # cb->cd: V: averaged over b, repeated along d
        V_c = V.mean(-2)
        t10 = V_c @ self.mix["V_cb__V_cd"]
        t11 = t10[..., :, None, :]
        y_V = y_V + t11
        # cb->db: V: averaged over c, repeated along d
        V_b = V.mean(-3)
        t12 = V_b @ self.mix["V_cb__V_db"]
        t13 = t12[..., None, :, :]
        y_V = y_V + t13
        # cb->de: V: averaged over c, b, repeated along d, e
        V_mean = V.mean((-3, -2))
        t14 = V_mean @ self.mix["V_cb__V_de"]
        t15 = t14[..., None, None, :]
        y_V = y_V + t15
        # ba->b: W: averaged over a
        t16 = W_b @ self.mix["W_ba__b_b"]
        y_b = y_b + t16
        # ba->d: W: averaged over b, a, repeated along d
        t17 = W_mean @ self.mix["W_ba__b_d"]
        t18 = t17[..., None, :]
        y_b = y_b + t18
        # b->b: b: the input itself
        t19 = b @ self.mix["b_b__b_b"]
        y_b = y_b + t19
        # b->d: b: averaged over b, repeated along d
        t20 = b_mean @ self.mix["b_b__b_d"]
        t21 = t20[..., None, :]
        y_b = y_b + t21
        # cb->b: V: averaged over c
        t22 = V_b @ self.mix["V_cb__b_b"]
        y_b = y_b + t22
        # cb->d: V: averaged over c, b, repeated along d
        t23 = V_mean @ self.mix["V_cb__b_d"]
        t24 = t23[..., None, :]
        y_b = y_b + t24
        return y_V, y_b

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
