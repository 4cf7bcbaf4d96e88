"""The contract as data."""
