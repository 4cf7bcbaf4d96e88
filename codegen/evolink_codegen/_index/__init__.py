"""An index of documents: which pages it names, and which of them are to be read."""
