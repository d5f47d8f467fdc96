"""The golden files: emitted layers and printed derivations, kept so that a change in them is seen. `make golden` rewrites."""

from __future__ import annotations

from pathlib import Path

import symshare

FOLDER = Path(__file__).parent / "files"


def golden() -> dict[str, str]:
    """The text of every golden file by name."""
    derive, emit = symshare.derive, symshare.emit
    layers = {
        "abH_linear.py": emit(derive("abH", 1)),
        "aaH_linear_sum.py": emit(derive("aaH", 1), reduce="sum"),
        "ab_polynomial.py": emit(derive("ab", 2)),
        "ab_full.py": emit(derive("ab", 2), coefficients="full"),
        "abH_chosen.py": emit(derive("abH", 3).only("ab,cb,cd->ad")),
        "abab_dependent.py": emit(derive("abab", 1, depends=["a->b"])),
        "weights.py": emit(derive("W:ba,b:b,V:cb->V:cb,b:b", 1)),
        "new_axes.py": emit(derive("a->bab", 1)),
        "invariant.py": emit(derive("abH->H", 2)),
    }
    texts = {
        "aaH.json": derive("aaH", 1, certified=True).to_json() + "\n",
        "ab.tex": derive("ab", 2).latex() + "\n",
        "hands.json": derive("abcH->aH", 1, depends=["a->b"]).to_json() + "\n",
        "ab_plan.txt": str(symshare.plan(derive("ab", 2))) + "\n",
    }
    return layers | texts


if __name__ == "__main__":
    for name, text in golden().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(golden())} files in {FOLDER.name}")
