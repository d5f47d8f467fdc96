"""The EMLP half of emlp_tasks.py: builds EMLP for a task, trains it for some seconds, prints one JSON line.

Run by the python of an environment that has `emlp`; it does not need symshare.

emlp_tasks_side.py FILE.npz TASK SECONDS    the file has x and y of train, validation and test, written by emlp_tasks.py
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import jax.numpy as jnp
import numpy as np
import objax
from emlp.groups import Lorentz, O
from emlp.nn.objax import EMLP
from emlp.reps import Scalar, T, Vector

CHANNELS, LAYERS, RATE, BATCH = 384, 3, 3e-3, 500
"""The settings of the authors' script train_regression.py."""


def main() -> None:
    file, task, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    data = np.load(file)
    start = time.perf_counter()
    inputs, outputs, group = {
        "O(5)": (2 * Vector, Scalar, O(5)),
        "inertia": (5 * Scalar + 5 * Vector, T(2), O(3)),
        "scattering": (4 * Vector, Scalar, Lorentz()),
    }[task]
    model = EMLP(inputs, outputs, group=group, num_layers=LAYERS, ch=CHANNELS)
    built = time.perf_counter() - start
    centre = data["train_y"].mean(0) if task != "inertia" else 0.0
    scale = data["train_y"].std() if task != "inertia" else np.sqrt((data["train_y"] ** 2).mean())
    size = np.sqrt((data["train_x"] ** 2).mean()) if task != "inertia" else 1.0
    optimiser = objax.optimizer.Adam(model.vars())
    said = objax.Jit(lambda x: model(x / size) * scale + centre, model.vars())

    def loss(x: Any, y: Any) -> Any:
        return ((model(x / size) - (y - centre) / scale) ** 2).mean()

    gradients = objax.GradValues(loss, model.vars())

    def updated(x: Any, y: Any) -> Any:
        found, value = gradients(x, y)
        optimiser(RATE, found)
        return value

    step = objax.Jit(updated, gradients.vars() + optimiser.vars())

    def error(kind: str) -> float:
        parts = [said(jnp.array(data[f"{kind}_x"][at : at + 1000])) for at in range(0, len(data[f"{kind}_x"]), 1000)]
        return float(((np.concatenate(parts) - data[f"{kind}_y"]) ** 2).mean())

    number = len(data["train_x"])
    drawn = np.random.default_rng(0)
    x, y = jnp.array(data["train_x"]), jnp.array(data["train_y"])
    chosen = drawn.integers(number, size=min(BATCH, number))
    step(x[chosen], y[chosen])  # compiled here
    error("validation")
    compiled = time.perf_counter() - start - built
    begun, steps, best, asked = time.perf_counter(), 0, (float("inf"), float("inf")), 0.0
    while (gone := time.perf_counter() - begun) < seconds:
        chosen = drawn.integers(number, size=min(BATCH, number))
        step(x[chosen], y[chosen])
        steps += 1
        if gone >= asked:
            asked = gone + seconds / 8
            held = error("validation")
            if held < best[0]:
                best = (held, error("test"))
    print(json.dumps({"built": built, "compiled": compiled, "steps": steps, "validation": best[0], "test": best[1]}))


if __name__ == "__main__":
    main()
