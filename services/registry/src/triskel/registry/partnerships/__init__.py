"""Partnerships of a school and a company for one school year."""
