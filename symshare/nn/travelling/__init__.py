"""Classes that travel with emitted files, beside the functions of `symshare.nn.runtime`."""
