"""Code lists of people: what they are in organisations, and which of that goes beyond one."""

from enum import StrEnum

from triskel.contracts.codes import OrganisationKind, Role

ROLES_IN: dict[OrganisationKind, frozenset[Role]] = {
    **dict.fromkeys(OrganisationKind, frozenset({Role.COMPANY})),
    OrganisationKind.SCHOOL: frozenset({Role.HEAD, Role.TEACHER}),
    OrganisationKind.PUBLIC_AUTHORITY: frozenset({Role.COMPANY, Role.AUTHORITY}),
}
"""What a person may be in an organisation of a kind. Whoever hosts, whatever its kind, has the role
`company`: the other side of a school."""

LEADS: dict[OrganisationKind, Role] = {
    **dict.fromkeys(OrganisationKind, Role.COMPANY),
    OrganisationKind.SCHOOL: Role.HEAD,
}
"""Who answers for an organisation of a kind: its people and what it says of itself."""


class MemberRole(StrEnum):
    """What a person is in an organisation that they are a member of."""

    HEAD = "head"
    TEACHER = "teacher"
    SIGNATORY = "signatory"
    """Signs for a host, and leads it."""
    CONTACT = "contact"
    """Speaks for a host, and leads it."""
    EXPERT = "expert"
    """Comes to a class for a host; reads what its people read, and decides nothing."""


MEMBER_ROLES_IN: dict[OrganisationKind, frozenset[MemberRole]] = {
    **dict.fromkeys(
        OrganisationKind,
        frozenset({MemberRole.SIGNATORY, MemberRole.CONTACT, MemberRole.EXPERT}),
    ),
    OrganisationKind.SCHOOL: frozenset({MemberRole.HEAD, MemberRole.TEACHER}),
}
"""What a member may be in an organisation of a kind."""

ROLE_OF_MEMBER: dict[MemberRole, Role | None] = {
    MemberRole.HEAD: Role.HEAD,
    MemberRole.TEACHER: Role.TEACHER,
    MemberRole.SIGNATORY: Role.COMPANY,
    MemberRole.CONTACT: Role.COMPANY,
    MemberRole.EXPERT: None,
}
"""The role in which a member calls."""

LEADING_MEMBERS: dict[OrganisationKind, frozenset[MemberRole]] = {
    kind: frozenset(role for role in MEMBER_ROLES_IN[kind] if ROLE_OF_MEMBER[role] is LEADS[kind])
    for kind in OrganisationKind
}
"""What a member is who leads an organisation of a kind."""

MEMBER_AS: dict[Role, MemberRole] = {
    Role.HEAD: MemberRole.HEAD,
    Role.TEACHER: MemberRole.TEACHER,
    Role.COMPANY: MemberRole.CONTACT,
}
"""What who has such a role in an organisation is as its member."""

REGIONAL_ROLES = frozenset({Role.COORDINATOR, Role.AUTHORITY, Role.OPS, Role.SYSTEM})
"""Roles that go beyond one organisation: a trusted issuer gives them for its regions."""


class MembershipState(StrEnum):
    """`pending` waits for who leads the organisation, or for the coordinator."""

    PENDING = "pending"
    """Asked for; who leads the organisation, or the coordinator, has not answered."""
    ACTIVE = "active"
    """The person acts for the organisation."""
    ENDED = "ended"
    """The person does not act for it, or not any more."""


class MembershipEnding(StrEnum):
    """Why somebody is no member, or not any more."""

    LEFT = "left"
    NOT_APPROVED = "not-approved"
    REVOKED = "revoked"
    PERSON_ERASED = "person-erased"
    MERGED = "merged"
