"""Generation tasks and what belongs to them: credits, outcomes, webhooks, result files."""
