"""Run as a program: a Groebner basis of the polynomials on stdin, as JSON; it needs flint alone.

A process of its own, as the computation can be ended only from outside, and may need more memory than there is.
"""

from __future__ import annotations

import json
import resource
import sys

MOST_BYTES = 2 * 2**30
"""Memory that the process may take; chosen, not measured."""

MOST_POLYNOMIALS, MOST_LENGTH, MOST_BITS = 20_000, 20_000, 8_192
"""Limits of one basis: far above those that finish within a minute."""


def main() -> None:
    """Read `{"variables": n, "polynomials": [[[exponents, "coefficient"], ..], ..]}`, write the same, reduced, or null."""
    from flint import Ordering, fmpz, fmpz_mpoly_ctx, fmpz_mpoly_vec

    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    ring = fmpz_mpoly_ctx.get([f"w{number}" for number in range(asked["variables"])], Ordering.degrevlex)
    given = [
        ring.from_dict({tuple(exponents): fmpz(factor) for exponents, factor in one}) for one in asked["polynomials"]
    ]
    start = fmpz_mpoly_vec(given, ring).autoreduction()
    found, finished = start.buchberger_naive(limits=(MOST_POLYNOMIALS, MOST_LENGTH, MOST_BITS))
    basis = found.autoreduction() if finished else []  # type: ignore[attr-defined]  # the types say one polynomial
    answer = [[[list(map(int, key)), str(value)] for key, value in one.to_dict().items()] for one in basis]
    json.dump(answer if finished else None, sys.stdout)


if __name__ == "__main__":
    main()
