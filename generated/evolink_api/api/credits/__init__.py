# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Contains endpoint functions for accessing the API"""
