"""What the rest stands on: errors, clocks, settings; imports nothing else of the package."""
