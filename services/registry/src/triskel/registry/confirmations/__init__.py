"""Confirmations: a token of a mail comes back."""
