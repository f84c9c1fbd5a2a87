"""Why something cannot be done with an activity, whatever its format."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class ActivityUnknown(NotFound):
    """No activity has this id."""

    field = "id"
    en = "There is no such activity."
    fr = "Cette activité n'existe pas."


class OrganisationUnknown(Conflict):
    """Who takes part is in the directory, which arrives by events."""

    en = (
        "The organisation is not known here (yet: the directory arrives by events and may be "
        "behind for a moment)."
    )
    fr = (
        "L'organisation n'est pas (encore) connue ici : l'annuaire arrive par événements et peut "
        "avoir un peu de retard."
    )


class NotAParticipant(Forbidden):
    """The two sides and the region's coordinator act on an activity."""

    en = "Only the two sides and the region's coordinator may do this."
    fr = "Seules les deux parties et la coordination de la région peuvent faire cela."


class AskingSideOnly(Forbidden):
    """Who asks may change or take back what is asked."""

    en = "Only the side that asks may do this."
    fr = "Seule la partie qui demande peut faire cela."


class ProposingSideOnly(Forbidden):
    """Who proposes another date may take that back."""

    en = "Only the side that proposes the other date may do this."
    fr = "Seule la partie qui propose l'autre date peut faire cela."


class PartnersOnly(Forbidden):
    """Each of the two who said yes leaves for itself; the coordinator cancels."""

    en = "Each of the two sides leaves for itself."
    fr = "Chacune des deux parties se retire pour elle-même."


class OtherSideAnswers(Forbidden):
    """Nobody answers their own question."""

    en = "The side that was asked gives the answer."
    fr = "C'est à la partie sollicitée de répondre."


class SaidYesAlready(Conflict):
    """Each side says yes once."""

    field = "approvals"
    en = "Your side has said yes already; the other side has not answered yet."
    fr = "Votre partie a déjà dit oui ; l'autre n'a pas encore répondu."


class HeadConfirms(Forbidden):
    """The head of the school answers for its pupils."""

    en = "The head of the school confirms an activity."
    fr = "C'est la direction de l'établissement qui confirme une activité."


class SideNotAllowed(Forbidden):
    """Some things are one side's, or the coordinator's."""

    en = "Only the coordinator may do this, or: {sides}."
    fr = "Seule la coordination peut faire cela, ou : {sides}."


class ParticipantsEvaluate(Forbidden):
    """The two sides evaluate, each once."""

    en = "The two sides evaluate, each once."
    fr = "Les deux parties évaluent, chacune une fois."


class SchoolNotReady(Conflict):
    """The school is approved and open."""

    field = "school_id"
    en = "{why[en]}."
    fr = "{why[fr]}."


class HostNotReady(Conflict):
    """The host is approved and open."""

    field = "host_id"
    en = "{why[en]}."
    fr = "{why[fr]}."


class PartnershipNotReady(Conflict):
    """The partnership is between the two, of the year, and signed."""

    field = "partnership_id"
    en = "{why[en]}."
    fr = "{why[fr]}."


class ActivityIsSuspended(Conflict):
    """What hangs on a suspended organisation or partnership waits until that is reinstated."""

    field = "suspension"
    en = "A side, or the partnership, is suspended: until it is reinstated this is not done."
    fr = (
        "L'une des parties, ou le partenariat, est en suspens : cela ne se fait pas pour l'instant."
    )


class AnswerDeadlinePassed(Conflict):
    """A proposal is answered in time."""

    field = "answer_by"
    en = "The deadline for an answer has passed."
    fr = "Le délai de réponse est passé."


class ConfirmationLimitPassed(Conflict):
    """A format is confirmed some days before its start."""

    field = "slot.starts_at"
    en = (
        "This format is confirmed {days} days before its start at the latest: propose another date."
    )
    fr = (
        "Ce format se confirme au plus tard {days} jours avant son début : proposez une autre date."
    )


class NotBegun(Conflict):
    """It starts when its time has come."""

    field = "slot.starts_at"
    en = "It starts when its time has come."
    fr = "L'activité commence à son heure."


class NotOver(Conflict):
    """Attendance is counted once it is over."""

    field = "slot.ends_at"
    en = "Attendance is counted once it is over."
    fr = "On compte les présences une fois l'activité terminée."


class CorrectionWindowPassed(Conflict):
    """Figures may be put right for a while."""

    field = "slot.ends_at"
    en = "Figures may be put right within {hours} hours after the end."
    fr = "Les chiffres se corrigent dans les {hours} heures qui suivent la fin."


class NobodyCame(Conflict):
    """What did not take place is not evaluated."""

    field = "outcome"
    en = "There is nothing to evaluate: nobody came."
    fr = "Il n'y a rien à évaluer : personne n'est venu."


class EvaluatedAlready(Conflict):
    """A side evaluates once."""

    field = "evaluations"
    en = "Your side has evaluated it."
    fr = "Votre partie l'a déjà évaluée."


class ReportMissing(Conflict):
    """A planned research work has its report, or the reason for none."""

    field = "research.report"
    en = "There is no report: submit it, or say why there is none."
    fr = "Il n'y a pas de rapport : rendez-le, ou dites pourquoi il n'y en a pas."


class ChallengeNotAwarded(Conflict):
    """A challenge that was briefed is delivered in full once it is awarded."""

    field = "outcome"
    en = "The challenge is in the phase {phase}: award it first, or say that it was partial."
    fr = "Le défi est dans la phase {phase} : primez-le d'abord, ou dites qu'il a été partiel."


class DateHasCome(Conflict):
    """Another date is proposed before the one that it has comes."""

    field = "slot.starts_at"
    en = "Its date has come: another one can be proposed no more."
    fr = "Sa date est arrivée : on ne peut plus en proposer une autre."


class DateProposedAlready(Conflict):
    """One other date at a time is proposed."""

    field = "date_proposal"
    en = "Another date is proposed already: it is answered or withdrawn first."
    fr = "Une autre date est déjà proposée : il faut d'abord y répondre ou la retirer."


class NoDateProposed(Conflict):
    """What was proposed is answered, and nothing else."""

    field = "date_proposal"
    en = "No other date is proposed."
    fr = "Aucune autre date n'est proposée."


class LeavingLimitPassed(Conflict):
    """A side leaves in time, so that the other can plan something else."""

    field = "slot.starts_at"
    en = (
        "A side leaves this format {days} days before its start at the latest; from then on it is "
        "cancelled, and that counts as late."
    )
    fr = (
        "On se retire de ce format au plus tard {days} jours avant son début ; ensuite il s'annule "
        "et compte comme tardif."
    )


class SlotUnchanged(Conflict):
    """Another date is another slot."""

    field = "slot.starts_at"
    en = "That is the slot it has."
    fr = "C'est déjà son créneau."


class EarlierPartNotHeld(Conflict):
    """The parts of a dossier come in their order: the video is held before the meeting on site is
    confirmed."""

    field = "task_force.dossier.previous_id"
    en = "The earlier part of its dossier is held first."
    fr = "La partie précédente de son dossier se tient d'abord."


class PreconditionMissing(Invalid):
    """What a format needs is ticked before it is confirmed."""

    field = "preconditions"
    en = "Before this format is confirmed: {missing}."
    fr = "Avant de confirmer ce format : {missing}."


class ValueMissing(Invalid):
    """What every activity has cannot be taken away."""

    en = "{name} cannot be empty."
    fr = "{name} ne peut pas être vide."


class NoShowHasAttendance(Invalid):
    """Nobody came, so nobody is counted."""

    field = "attendance"
    en = "Nobody came, so nobody is counted."
    fr = "Personne n'est venu, donc on ne compte personne."


class AttendanceMissing(Invalid):
    """What took place is counted."""

    field = "attendance"
    en = "Say how many took part."
    fr = "Dites combien de personnes ont participé."


class AttendanceOverCapacity(Invalid):
    """No more took part than there was room for."""

    field = "attendance"
    en = "{people} took part, but there was room for {capacity}."
    fr = "{people} personnes ont participé, mais il n'y avait de place que pour {capacity}."


class LevelTwice(Invalid):
    """A level is counted once."""

    field = "attendance.level"
    en = "Count each level once."
    fr = "Comptez chaque niveau une seule fois."


class AttendanceSchoolMissing(Invalid):
    """Figures count each of several schools."""

    field = "attendance.school_id"
    en = "Classes of several schools came: say of each count whose it is."
    fr = "Des classes de plusieurs établissements sont venues : dites de qui est chaque effectif."


class AttendanceOfAnotherSchool(Invalid):
    """Who is counted is of a school that takes part."""

    field = "attendance.school_id"
    en = "This school does not take part."
    fr = "Cet établissement ne participe pas."


class LevelMissing(Invalid):
    """Pupils are counted by ISCED level."""

    field = "attendance.level"
    en = "Pupils are counted by ISCED level."
    fr = "Les élèves se comptent par niveau de la CITE."


class AudienceOfAnotherFormat(Invalid):
    """A format counts one audience."""

    field = "attendance.audience"
    en = "This format counts {audience}."
    fr = "Ce format compte : {audience}."


class DelegationUnknown(Invalid):
    """What names a delegation names one of the meeting's."""

    field = "lines.delegation"
    en = "It is none of the meeting's delegations."
    fr = "Ce n'est pas l'une des délégations de la réunion."


class SchoolMissing(Invalid):
    """Most formats have a school."""

    field = "school_id"
    en = "This format needs a school."
    fr = "Ce format demande un établissement."


class PartnershipMissing(Invalid):
    """Most formats are of a partnership."""

    field = "partnership_id"
    en = "This format needs a partnership."
    fr = "Ce format demande un partenariat."


class FunderMissing(Invalid):
    """Money that is committed or paid is somebody's."""

    field = "lines.funder_id"
    en = "What is {state} has a funder: name the organisation that pays."
    fr = "Ce qui est à l'état {state} a un financeur : indiquez l'organisation qui paie."


class FunderUnknown(Conflict):
    """A funder is an organisation of the directory, which arrives by events."""

    field = "lines.funder_id"
    en = "The funder is no organisation that is known here (yet: the directory arrives by events)."
    fr = (
        "Le financeur n'est pas une organisation connue ici (pas encore : l'annuaire arrive par "
        "événements)."
    )


class SchoolFundsItsOwn(Invalid):
    """A school pays for what it takes part in alone."""

    field = "lines.funder_id"
    en = "A school funds only what it takes part in."
    fr = "Un établissement ne finance que ce à quoi il participe."
