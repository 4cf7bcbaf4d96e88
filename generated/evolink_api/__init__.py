# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.

"""A client library for accessing EvoLink API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
