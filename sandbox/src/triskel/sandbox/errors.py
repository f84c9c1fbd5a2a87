"""The one error of the sandbox."""


class SandboxError(Exception):
    """Something cannot start. The text is one readable line: what, why, what to do, the log."""
