"""Functions applied to each element by itself, and operands that broadcast."""
