"""`/v1/offers`: hosts keep them, schools search them and request from them."""

from triskel.activities.offers.routes import keeping, requesting, searching

# what is written out comes before what has a number in it
ROUTERS = (searching.router, keeping.router, requesting.router)
