"""What runs the lessons: their data, training on one engine or two, the comparison, and how it is shown and drawn."""
