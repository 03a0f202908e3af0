"""Many elements to one: sums, extremes, statistics, norms; and running ones."""
