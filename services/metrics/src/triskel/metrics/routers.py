"""All routes of the metrics service."""

from triskel.metrics.figures import routes as figures
from triskel.metrics.references import routes as references

ROUTERS = (figures.router, references.router)
