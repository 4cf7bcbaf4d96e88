"""What a client offers beside its tasks."""
