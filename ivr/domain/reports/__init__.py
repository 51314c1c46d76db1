"""Reports over call records: the funnel of a menu, and what calls cost and save."""
