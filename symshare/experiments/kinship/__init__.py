"""Relations of a graph, completed."""
