"""What a browser sees of the mock: the page, its events, and the rules for pages of other origins."""
