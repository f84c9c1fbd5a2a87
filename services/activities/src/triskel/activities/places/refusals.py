"""Why places cannot be set, taken, changed or left."""

from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound


class HostSays(Forbidden):
    """What it offers, the host says."""

    en = "The host says this."
    fr = "C'est à l'hôte de le dire."


class HostPublishes(Forbidden):
    """Who gives a masterclass says that it is open; nobody else says it for them."""

    en = "Whoever gives the masterclass publishes it."
    fr = "C'est à qui donne la masterclass de la publier."


class CoordinatorApproves(Conflict):
    """A region may want its coordinator's yes before a masterclass is open."""

    en = "In this region the coordinator says yes to a masterclass: propose it."
    fr = "Dans cette région, la coordination donne son accord à une masterclass : proposez-la."


class SchoolAnswersFirst(Conflict):
    """A school that a masterclass is held with is bound by its own yes."""

    field = "school_id"
    en = "It is held with a school, which says yes itself: propose it."
    fr = "Elle se tient avec un établissement, qui donne lui-même son accord : proposez-la."


class SchoolBooks(Forbidden):
    """The school books places for its own."""

    en = "The school books places for its own."
    fr = "L'établissement réserve des places pour les siens."


class NotYourBooking(Forbidden):
    """A booking is its school's."""

    en = "It is another school's booking: each school books for its own."
    fr = "C'est la réservation d'un autre établissement : chacun réserve pour les siens."


class BookingUnknown(NotFound):
    """A booking is one of the activity's."""

    field = "booking"
    en = "There is no such booking here."
    fr = "Cette réservation n'existe pas ici."


class PlacesClosed(Conflict):
    """Places change hands before it starts."""

    field = "slot.starts_at"
    en = "Places change hands before it starts."
    fr = "Les places se prennent et se rendent avant le début."


class PlacesNotSet(Conflict):
    """There are places once the host has said how many."""

    en = "The host says first how many places there are."
    fr = "L'hôte dit d'abord combien il y a de places."


class NoSuchBooking(Conflict):
    """Who changes or leaves has a booking."""

    en = "You have no booking here that is {states}."
    fr = "Vous n'avez ici aucune réservation dans l'état {states}."


class NoPlaceOffered(Conflict):
    """Who accepts was offered places, and in time."""

    en = "No place is offered to you now."
    fr = "Aucune place ne vous est proposée en ce moment."


class PlacesTaken(Conflict):
    """Nobody loses a place that was given."""

    field = "places"
    en = "{taken} places are taken: somebody must leave first."
    fr = "{taken} places sont prises : il faut d'abord que quelqu'un se désiste."


class LargerThanThePlaces(Invalid):
    """A class fits into the places, or never comes."""

    field = "size"
    en = "There are {places} places in all."
    fr = "Il y a {places} places en tout."


class ClassLabelMissing(Invalid):
    """A class books by its label."""

    field = "label"
    en = 'A class books by its label, such as "2nde 4".'
    fr = "Une classe réserve par son nom, comme « 2nde 4 »."


class ClassOfAnotherSchool(Invalid):
    """The classes are of the schools that take part."""

    field = "organisation_id"
    en = "The classes are of the schools that take part: this one has to be named first."
    fr = (
        "Les classes sont celles des établissements qui participent : il faut d'abord indiquer "
        "celui-ci."
    )


class SchoolTwice(Invalid):
    """Each school takes part once."""

    field = "schools"
    en = "Name each other school once, and not the one that takes part already."
    fr = "Indiquez chaque autre établissement une seule fois, sans celui qui participe déjà."


class SchoolHasClasses(Conflict):
    """Nobody loses a place that was given."""

    field = "schools"
    en = "It has classes here that have places or wait for some: they must leave first."
    fr = "Il a ici des classes qui ont ou attendent des places : elles doivent d'abord se désister."


class TeacherMissing(Invalid):
    """A teacher books for one person."""

    field = "contact_id"
    en = "A teacher books by contact id, for one place."
    fr = "Un enseignant réserve par son identifiant de contact, pour une place."


class BookedAlready(Conflict):
    """A class, or a person, has one booking."""

    field = "label"
    en = "It has a booking here, which is {state}."
    fr = "Il y a déjà ici une réservation, dans l'état {state}."


class TooManyBookings(Conflict):
    """All of an activity travels in each of its events."""

    field = "bookings"
    en = "{most} book or wait here at most."
    fr = "Au plus {most} réservent ou attendent ici."


class MoreConsentsThanPupils(Invalid):
    """Parents agree for pupils of the class."""

    field = "consents"
    en = "The class has {size} pupils."
    fr = "La classe compte {size} élèves."


class BookingHasEnded(Conflict):
    """What has ended is not changed."""

    field = "state"
    en = "The booking is {state}."
    fr = "La réservation est dans l'état {state}."


class BookingUnchanged(Conflict):
    """A change changes something."""

    field = "size"
    en = "That is how it is."
    fr = "C'est déjà le cas."


class NoRoomToGrow(Conflict):
    """A booking grows where there is room."""

    field = "size"
    en = "{free} places are free."
    fr = "Il reste {free} places."


class BookingSchoolMissing(Invalid):
    """Places are taken for a school."""

    field = "organisation_id"
    en = "Say for which school."
    fr = "Dites pour quel établissement."


class TooFewAdults(Invalid):
    """A class on a visit has adults with it."""

    field = "adults"
    en = "One adult for each {pupils} pupils: a class of {size} needs {needed}."
    fr = "Un adulte pour {pupils} élèves : il en faut {needed} pour une classe de {size}."


class ConsentsMissing(Invalid):
    """Parents agree to a visit."""

    field = "consents"
    en = "Parents have agreed for {consents} of {size} pupils."
    fr = "Les parents ont donné leur accord pour {consents} élèves sur {size}."


class TransportMissing(Invalid):
    """One knows how the classes get there."""

    field = "visit.transport"
    en = "Say how the classes get there."
    fr = "Dites comment les classes s'y rendent."


class NotBooked(Invalid):
    """Only who had a place is marked as present."""

    field = "attended"
    en = "Only who had a place is marked as present."
    fr = "On ne note présents que ceux qui avaient une place."


class FewerCountedThanMarked(Invalid):
    """Whoever is marked is counted, too."""

    field = "attended"
    en = "{people} are counted, but {marked} are marked as present."
    fr = "{people} personnes sont comptées, mais {marked} sont notées présentes."
