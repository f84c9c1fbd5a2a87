"""Memberships: who may act for an organisation."""
