"""The metrics service's HTTP door."""

from triskel.metrics.api import figures, references

ROUTERS = (figures.router, references.router)
