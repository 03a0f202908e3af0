"""The engine: what a graph is, how an op is recorded, how the reverse sweep runs. It knows no particular op."""
