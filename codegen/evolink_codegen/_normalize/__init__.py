"""One document put into OpenAPI 3.1 form, with one way of writing each thing."""
