"""People whom transfers ring, over the API and on the page."""
