"""What each indicator is: its definition ships with every figure."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["percent", "points", "count"]


@dataclass(frozen=True)
class Definition:
    """`number` is the indicator's in the network's list. A change of formula is a new `version`.
    `breakdowns` are the ways in which rows are split; texts are by language."""

    id: str
    number: int
    version: int
    unit: Unit
    names: dict[str, str]
    formula: dict[str, str]
    source: str
    caveat: dict[str, str]
    breakdowns: tuple[str, ...] = ()


_BUS = "Triskel: registry and activity events of the region"
_SMALL = {
    "en": "Groups of 1 to 4 persons, and what would give them away by subtraction, are hidden.",
    "fr": "Les groupes de 1 à 4 personnes, et ce qui permettrait de les déduire, sont masqués.",
}

SCHOOL_COVERAGE = Definition(
    id="school-coverage",
    number=1,
    version=2,
    unit="percent",
    names={"en": "School coverage", "fr": "Couverture des établissements"},
    formula={
        "en": "Schools with an active partnership on the date, or at any time of a school year that"
        " is over / open schools of the directory.",
        "fr": "Établissements avec un partenariat actif à la date, ou à un moment d'une année"
        " scolaire terminée / établissements ouverts de l'annuaire.",
    },
    source=_BUS,
    caveat={
        "en": "A school that teaches several levels counts in each. The directory is today's: past"
        " dates are compared with the schools that are open now.",
        "fr": "Un établissement de plusieurs niveaux compte dans chacun. L'annuaire est celui"
        " d'aujourd'hui, aussi pour les dates passées.",
    },
    breakdowns=("level",),
)
SCHOOLS_REACHED = Definition(
    id="schools-reached",
    number=2,
    version=2,
    unit="percent",
    names={"en": "Schools reached", "fr": "Établissements touchés"},
    formula={
        "en": "Schools with an activity delivered in the school year / open schools of the"
        " directory.",
        "fr": "Établissements avec une action réalisée dans l'année scolaire / établissements"
        " ouverts de l'annuaire.",
    },
    source=_BUS,
    caveat={
        "en": "An activity to which nobody came does not count. Others count from the day on which"
        " they took place, however late they were reported.",
        "fr": "Une action où personne n'est venu ne compte pas. Les autres comptent le jour où"
        " elles ont eu lieu, même déclarées plus tard.",
    },
    breakdowns=("format", "level"),
)
PARTNERSHIPS = Definition(
    id="partnerships",
    number=3,
    version=2,
    unit="count",
    names={"en": "Partnerships", "fr": "Partenariats"},
    formula={
        "en": "Partnerships of the school year: active on the date, or at any time of a year that"
        " is over; new; renewed; ended.",
        "fr": "Partenariats de l'année scolaire : actifs à la date, ou à un moment d'une année"
        " terminée ; nouveaux ; renouvelés ; terminés.",
    },
    source=_BUS,
    caveat={
        "en": "A suspension is known for today only.",
        "fr": "Une suspension n'est connue que pour aujourd'hui.",
    },
    breakdowns=("status",),
)
RENEWAL_RATE = Definition(
    id="renewal-rate",
    number=3,
    version=1,
    unit="percent",
    names={"en": "Renewal rate", "fr": "Taux de renouvellement"},
    formula={
        "en": "Partnerships of the previous school year that were renewed into this one / those"
        " that were active in the previous one.",
        "fr": "Partenariats de l'année précédente renouvelés dans celle-ci / ceux qui y étaient"
        " actifs.",
    },
    source=_BUS,
    caveat={"en": "Empty in a platform's first year.", "fr": "Vide la première année."},
)
PUPILS_REACHED = Definition(
    id="pupils-reached",
    number=4,
    version=2,
    unit="count",
    names={"en": "Pupils reached (contacts)", "fr": "Élèves touchés (contacts)"},
    formula={
        "en": "Sum of the pupils counted at delivered activities.",
        "fr": "Somme des élèves comptés aux actions réalisées.",
    },
    source=_BUS,
    caveat={
        "en": "A pupil who came twice counts twice; those of a final were counted in the challenges"
        f" before it. {_SMALL['en']}",
        "fr": "Un élève venu deux fois compte deux fois ; ceux d'une finale sont comptés dans les"
        f" défis qui la précèdent. {_SMALL['fr']}",
    },
    breakdowns=("format", "level", "sex"),
)
DISTINCT_PUPILS = Definition(
    id="pupils-reached-distinct",
    number=4,
    version=1,
    unit="count",
    names={"en": "Distinct pupils (estimate)", "fr": "Élèves distincts (estimation)"},
    formula={
        "en": "Sum over schools and levels of the largest attendance in the school year.",
        "fr": "Somme, par établissement et niveau, de la plus grande participation de l'année.",
    },
    source=_BUS,
    caveat={
        "en": f"A lower bound: pupils are never identified. {_SMALL['en']}",
        "fr": f"Une borne basse : les élèves ne sont jamais identifiés. {_SMALL['fr']}",
    },
    breakdowns=("level",),
)
PUPIL_REACH = Definition(
    id="pupil-reach",
    number=4,
    version=1,
    unit="percent",
    names={"en": "Reach", "fr": "Part des élèves touchés"},
    formula={
        "en": "Distinct pupils (estimate) / pupils of the open schools of the directory.",
        "fr": "Élèves distincts (estimation) / élèves des établissements ouverts de l'annuaire.",
    },
    source=f"{_BUS}; enrolment: the official directory",
    caveat={
        "en": "The directory's enrolment is that of its edition.",
        "fr": "Les effectifs de l'annuaire sont ceux de son édition.",
    },
)
GIRLS_SHARE = Definition(
    id="girls-share",
    number=5,
    version=1,
    unit="percent",
    names={"en": "Girls' share", "fr": "Part des filles"},
    formula={
        "en": "Girls / (girls + boys) among the pupils reached.",
        "fr": "Filles / (filles + garçons) parmi les élèves touchés.",
    },
    source=_BUS,
    caveat={
        "en": f"Pupils of undeclared sex stand beside it. {_SMALL['en']}",
        "fr": f"Les élèves de sexe non déclaré sont à part. {_SMALL['fr']}",
    },
    breakdowns=("format", "level"),
)
UNDECLARED_SHARE = Definition(
    id="undeclared-share",
    number=5,
    version=1,
    unit="percent",
    names={"en": "Share of undeclared sex", "fr": "Part de sexe non déclaré"},
    formula={
        "en": "Undeclared / all pupils reached.",
        "fr": "Non déclarés / ensemble des élèves touchés.",
    },
    source=_BUS,
    caveat=_SMALL,
    breakdowns=("format", "level"),
)
GIRLS_GAP = Definition(
    id="girls-share-gap",
    number=5,
    version=1,
    unit="points",
    names={
        "en": "Girls' share, gap to enrolment",
        "fr": "Part des filles, écart aux effectifs",
    },
    formula={
        "en": "Girls' share of the pupils reached less girls' share of the enrolment of the"
        " region's schools, at the same level.",
        "fr": "Part des filles parmi les élèves touchés moins leur part dans les effectifs des"
        " établissements de la région, au même niveau.",
    },
    source=f"{_BUS}; enrolment: Ministère de l'éducation nationale (DEPP), Licence Ouverte 2.0",
    caveat={
        "en": "Enrolment is the newest published year, named in the row.",
        "fr": "Les effectifs sont ceux de la dernière année publiée, nommée dans la ligne.",
    },
    breakdowns=("level",),
)
_CHOICES = (
    "Ministère de l'éducation nationale (DEPP), effectifs de première générale par spécialité,"
    " Licence Ouverte 2.0"
)
_CHOICES_CAVEAT = {
    "en": "Choices are counted, not pupils: each makes three. n is schools. The interval is of 95 %"
    " with schools as clusters. A partner school had an active partnership at any time up to the"
    " date; it may differ from others in more than that.",
    "fr": "On compte des choix, pas des élèves : chacun en fait trois. n est le nombre"
    " d'établissements. Intervalle à 95 %, établissements en grappes. Un établissement partenaire a"
    " eu un partenariat actif jusqu'à la date ; il peut différer des autres par autre chose.",
}
STEM_UPTAKE = Definition(
    id="stem-uptake",
    number=8,
    version=1,
    unit="percent",
    names={"en": "STEM uptake", "fr": "Choix scientifiques et techniques"},
    formula={
        "en": "Choices of 0613, 0623, 0629, 0673, 0747, 3045 / all choices of four-digit"
        " specialities in première générale.",
        "fr": "Choix de 0613, 0623, 0629, 0673, 0747, 3045 / choix de toutes les spécialités à"
        " quatre chiffres en première générale.",
    },
    source=_CHOICES,
    caveat=_CHOICES_CAVEAT,
    breakdowns=("scope", "sex", "period", "school"),
)
STEM_GAP = Definition(
    id="stem-uptake-gap",
    number=8,
    version=1,
    unit="points",
    names={
        "en": "STEM uptake, partner schools against all",
        "fr": "Choix scientifiques, partenaires et ensemble",
    },
    formula={
        "en": "STEM uptake of partner schools less that of all schools of the country (or region),"
        " same level and year.",
        "fr": "Choix scientifiques des établissements partenaires moins ceux de tous les"
        " établissements du pays (ou de la région), même niveau, même année.",
    },
    source=_CHOICES,
    caveat=_CHOICES_CAVEAT,
    breakdowns=("against", "sex"),
)
STEM_CHANGE = Definition(
    id="stem-uptake-change",
    number=8,
    version=1,
    unit="points",
    names={
        "en": "STEM uptake, before and after",
        "fr": "Choix scientifiques, avant et après",
    },
    formula={
        "en": "STEM uptake in this year less that in the last year before the first partnership, of"
        " the same schools.",
        "fr": "Choix scientifiques de l'année moins ceux de la dernière année avant le premier"
        " partenariat, des mêmes établissements.",
    },
    source=_CHOICES,
    caveat=_CHOICES_CAVEAT,
    breakdowns=("sex",),
)
FORMAT_MIX = Definition(
    id="format-mix",
    number=9,
    version=1,
    unit="percent",
    names={"en": "Format mix", "fr": "Répartition des formats"},
    formula={
        "en": "Delivered activities of the format / delivered activities.",
        "fr": "Actions réalisées de ce format / actions réalisées.",
    },
    source=_BUS,
    caveat={
        "en": "An activity to which nobody came does not count.",
        "fr": "Une action où personne n'est venu ne compte pas.",
    },
    breakdowns=("format",),
)
FORMAT_DIVERSITY = Definition(
    id="format-diversity",
    number=9,
    version=1,
    unit="count",
    names={"en": "Format diversity", "fr": "Diversité des formats"},
    formula={
        "en": "Effective number of formats: (Σ n)² / Σ n² over formats (inverse Simpson index).",
        "fr": "Nombre effectif de formats : (Σ n)² / Σ n² (indice de Simpson inverse).",
    },
    source=_BUS,
    caveat={
        "en": "1: a single format; 7: all formats equally often.",
        "fr": "1 : un seul format ; 7 : tous les formats à parts égales.",
    },
)
NOTIFICATION_HEALTH = Definition(
    id="notification-health",
    number=21,
    version=1,
    unit="percent",
    names={"en": "Messages delivered", "fr": "Messages remis"},
    formula={
        "en": "Messages that left / messages that left or were given up.",
        "fr": "Messages partis / messages partis ou abandonnés.",
    },
    source="Triskel: delivery events of the region",
    caveat={
        "en": "Left means that the mail server took it, not that it was read.",
        "fr": "Parti veut dire accepté par le serveur de courrier, pas lu.",
    },
    breakdowns=("channel",),
)

DEFINITIONS: dict[str, Definition] = {
    definition.id: definition
    for definition in (
        *(SCHOOL_COVERAGE, SCHOOLS_REACHED, PARTNERSHIPS, RENEWAL_RATE),
        *(PUPILS_REACHED, DISTINCT_PUPILS, PUPIL_REACH),
        *(GIRLS_SHARE, UNDECLARED_SHARE, GIRLS_GAP),
        *(STEM_UPTAKE, STEM_GAP, STEM_CHANGE),
        *(FORMAT_MIX, FORMAT_DIVERSITY, NOTIFICATION_HEALTH),
    )
}
