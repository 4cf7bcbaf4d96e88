"""Requests, responses and what lies between them."""
