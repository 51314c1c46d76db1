"""The menu: its document, its nodes, what follows a keypress, what is unwise about it."""
