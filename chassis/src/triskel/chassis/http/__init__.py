"""HTTP as all four services speak it: problems, one transaction a request, paging, ETags."""

from triskel.chassis.http.bodies import example
from triskel.chassis.http.documented import install_documentation
from triskel.chassis.http.paging import Page, Paging
from triskel.chassis.http.preconditions import IfMatch, IfMatchWhereKnown, set_etag
from triskel.chassis.http.problems import PROBLEMS, Problem, install_problems
from triskel.chassis.http.reading import Upload, upload
from triskel.chassis.http.request import Events, Now, Router, Session, home_region, keep_instead

__all__ = [
    "PROBLEMS",
    "Events",
    "IfMatch",
    "IfMatchWhereKnown",
    "Now",
    "Page",
    "Paging",
    "Problem",
    "Router",
    "Session",
    "Upload",
    "example",
    "home_region",
    "install_documentation",
    "install_problems",
    "keep_instead",
    "set_etag",
    "upload",
]
