"""Opening hours: what a menu asks for by name to tell open, closed and holiday apart."""
