"""Scenarios: what a mock starts with, in a file."""
