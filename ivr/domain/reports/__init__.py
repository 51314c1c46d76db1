"""What call records add up to: the funnel of a menu, and what calls cost and save."""
