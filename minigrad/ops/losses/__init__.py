"""How wrong a prediction is."""
