"""`triskel demo`: a school year in Brittany, through the public HTTP APIs alone."""

from importlib.resources import files
from pathlib import Path

SEED = "triskel-2025"
SCHOOL_YEAR = "2025-2026"
DATA = Path(str(files("triskel.cli"))) / "data"
DIRECTORY = DATA / "fr-annuaire-education-ille-et-vilaine-2023.csv"
SPECIALITIES = DATA / "fr-effectifs-specialites-triplettes-1ere-generale-2021-2023.csv"
COLLEGES = DATA / "fr-college-effectifs-niveau-sexe-ille-et-vilaine.csv"
