"""Contacts: people who speak for organisations."""
