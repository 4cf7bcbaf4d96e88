# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Contains methods for accessing the API"""
