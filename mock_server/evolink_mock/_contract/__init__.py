"""The OpenAPI document as the mock reads it."""
