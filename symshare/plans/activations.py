"""What networks on weights may do with each value between layers."""

__all__ = ["ACTIVATIONS"]

ACTIVATIONS = {
    "gelu": "torch.nn.functional.gelu",
    "silu": "torch.nn.functional.silu",
    "relu": "torch.relu",
    "leaky_relu": "torch.nn.functional.leaky_relu",
    "tanh": "torch.tanh",
    "sin": "torch.sin",
    "none": "",
}
"""Its name, and that in an emitted file."""
