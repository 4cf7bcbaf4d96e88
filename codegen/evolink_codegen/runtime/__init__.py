"""Code that the generated package carries: copied as it is, tested here."""
