"""Products of matrices, inverses and decompositions."""
