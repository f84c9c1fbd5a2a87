"""Registers: official sources that are looked at each night."""
