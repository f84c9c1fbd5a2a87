"""Why something cannot be done with a partnership."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class PartnershipUnknown(NotFound):
    """No partnership has this id."""

    field = "id"
    en = "There is no such partnership."
    fr = "Ce partenariat n'existe pas."


class NotAPartner(Forbidden):
    """The two partners and the region's coordinator act on a partnership."""

    en = "Only the two partners and the coordinator may do this."
    fr = "Seuls les deux partenaires et la coordination peuvent faire cela."


class OtherSideAnswers(Forbidden):
    """Nobody answers their own question."""

    en = "The side that was asked gives the answer."
    fr = "C'est à la partie sollicitée de répondre."


class SaidYesAlready(Conflict):
    """Each side says yes once."""

    field = "approvals"
    en = "Your side has said yes already; the other side has not answered yet."
    fr = "Votre partie a déjà dit oui ; l'autre n'a pas encore répondu."


class AskingSideWithdraws(Forbidden):
    """A proposal is taken back by who made it."""

    en = "Only the side that asked may take it back."
    fr = "Seule la partie qui a proposé peut retirer sa proposition."


class SignatoryOnly(Forbidden):
    """Who may sign decides on what was signed."""

    field = "roles"
    en = "The school's head, the company's signatory and the coordinator may do this."
    fr = "Cela revient à la direction, au signataire de l'entreprise et à la coordination."


class NoSignatureToGive(Forbidden):
    """Three sign, once each."""

    en = "The school's head, the company's representative and the coordinator sign, once each."
    fr = "La direction, l'entreprise et la coordination signent, chacune une fois."


class AnswerDeadlinePassed(Conflict):
    """A proposal is answered in time."""

    field = "answer_by"
    en = "The deadline for an answer has passed."
    fr = "Le délai de réponse est passé."


class AnotherDocument(Conflict):
    """Who signs names the digest of the document that they saw."""

    field = "digest"
    en = "That is not the digest of document {number}, which is the one to sign: read it again."
    fr = "Ce n'est pas l'empreinte du document {number}, celui qui est à signer : relisez-le."


class AgreementUnknown(NotFound):
    """A partnership has a document from the first draft on."""

    field = "number"
    en = "There is no such document of this agreement."
    fr = "Cette convention n'a pas de tel document."


class SigningDeadlinePassed(Conflict):
    """What is accepted is signed in time."""

    field = "sign_by"
    en = "The deadline for signing has passed."
    fr = "Le délai de signature est passé."


class ActiveAlready(Conflict):
    """A partnership is left before it is signed; what has been active is terminated."""

    field = "activated_at"
    en = "It has been active: it is terminated, by the head, the signatory or the coordinator."
    fr = (
        "Il a déjà été actif : il faut le rompre, ce qui revient à la direction, au signataire de "
        "l'entreprise ou à la coordination."
    )


class NotInForceYet(Conflict):
    """What was never signed is left, and what is signed is terminated."""

    field = "state"
    en = "Not all have signed it yet: leave it instead."
    fr = "Toutes les parties n'ont pas encore signé : il suffit d'y renoncer."


class CompanyAtCapacity(Conflict):
    """A company carries as many partnerships in a school year as it said it can."""

    field = "partnership_capacity"
    en = (
        "The company carries {carried} partnerships this year, and said that {capacity} are its "
        "limit."
    )
    fr = (
        "L'entreprise a déjà {carried} partenariats cette année, et {capacity} est la limite "
        "qu'elle a indiquée."
    )


class StartDateNotReached(Conflict):
    """A partnership is active from its start date on."""

    field = "starts_on"
    en = "A partnership is active from its start date on."
    fr = "Un partenariat est actif à partir de sa date de début."


class NoPlannedActivity(Conflict):
    """A partnership becomes active with its first planned activity."""

    field = "planned_activities"
    en = "A partnership becomes active with its first planned activity: plan one."
    fr = "Un partenariat devient actif avec sa première activité prévue : prévoyez-en une."


class RenewedAlready(Conflict):
    """A partnership is renewed once."""

    field = "renewal_of"
    en = "One for the next school year was proposed already."
    fr = "Un partenariat pour l'année scolaire suivante a déjà été proposé."


class PartnershipExists(Conflict):
    """Two organisations have one partnership in a school year."""

    field = "company_id"
    en = "These two have a partnership for {school_year} already."
    fr = "Ces deux organisations ont déjà un partenariat pour {school_year}."


class NotASchool(Invalid):
    """A partnership has a school."""

    field = "school_id"
    en = "A partnership has a school."
    fr = "Un partenariat se fait avec un établissement scolaire."


class NotAPartnerOrganisation(Invalid):
    """A school, a public authority, a chamber or a network is no school's company."""

    field = "company_id"
    en = "An organisation of the kind {kind} is no school's company: it acts as what it is."
    fr = "Une organisation de type {kind} n'est l'entreprise d'aucun établissement."


class AmendmentChangesNothing(Invalid):
    """An amendment changes something, since all three sign again."""

    field = "goals"
    en = "Say what changes: goals, starts_on or ends_on, with a value other than before."
    fr = "Dites ce qui change : goals, starts_on ou ends_on, avec une valeur différente."


class DatesOutsideSchoolYear(Invalid):
    """A partnership starts and ends within its school year."""

    field = "starts_on"
    en = (
        "A partnership of {school_year} starts and ends, in this order, between 1 August {first} "
        "and 31 August {last}."
    )
    fr = (
        "Un partenariat de {school_year} commence et finit, dans cet ordre, entre le 1er août "
        "{first} et le 31 août {last}."
    )
