"""Generation tasks and what belongs to them: credits, outcomes, webhooks, result files."""

DEFAULT_CREDITS = 1000
"""The credits of a new account; here, since `evolink-mock --help` shows it and needs nothing else."""
