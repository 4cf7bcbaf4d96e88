"""Connects the engine to HTTP clients and servers."""
