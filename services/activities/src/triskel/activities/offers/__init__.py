"""Offers: what hosts give, and who asks for it."""
