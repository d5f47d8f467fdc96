"""From a plan to source text: the layer files that people keep."""
