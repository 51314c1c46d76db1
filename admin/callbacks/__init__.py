"""Call-backs: worked off by people, and dialled for them."""
