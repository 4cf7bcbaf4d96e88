"""Result files: what they look like, and how they are made."""
