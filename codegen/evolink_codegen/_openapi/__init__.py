"""OpenAPI documents: found, read, checked, overlaid; and how their parts are named."""
