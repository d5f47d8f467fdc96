"""The poolings that a deep network needs, and how every other term is made from them."""
