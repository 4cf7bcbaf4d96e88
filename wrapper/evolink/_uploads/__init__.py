"""Uploading files: those that bodies need, and those of the caller."""
