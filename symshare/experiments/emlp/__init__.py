"""Three tasks with a continuous group: invariants of two vectors, moments of inertia, a scattering amplitude."""
