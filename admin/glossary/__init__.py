"""What the words of the pages mean."""
