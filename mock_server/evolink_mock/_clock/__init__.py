"""The clock that tasks, links, webhooks and waiting clients share."""
