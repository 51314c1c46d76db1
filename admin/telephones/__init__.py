"""People's own telephones: added, verified, and rung for a menu over a trunk."""
