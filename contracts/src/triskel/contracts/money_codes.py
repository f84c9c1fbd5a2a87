"""Code lists of cost lines."""

from enum import StrEnum


class BudgetState(StrEnum):
    PLANNED = "planned"
    COMMITTED = "committed"
    PAID = "paid"


class Currency(StrEnum):
    """ISO 4217: those of the countries of the network and their neighbours."""

    EUR = "EUR"
    BGN = "BGN"
    CHF = "CHF"
    CZK = "CZK"
    DKK = "DKK"
    GBP = "GBP"
    HUF = "HUF"
    ISK = "ISK"
    NOK = "NOK"
    PLN = "PLN"
    RON = "RON"
    SEK = "SEK"


class CostKind(StrEnum):
    TRANSPORT = "transport"
    MATERIAL = "material"
    STAFF = "staff"
    CATERING = "catering"
    PRIZE = "prize"
    OTHER = "other"
