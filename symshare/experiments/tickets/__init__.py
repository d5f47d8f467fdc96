"""Which few weights of a network are to be trained? To be told from how it starts."""
