"""Tasks: their state, and waiting for them."""
