"""What Digitree says by itself, whatever the menus, in each language that it knows: one file for each of them."""
