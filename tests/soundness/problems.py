"""Why a formula has no value."""


class MisfitError(Exception):
    """The formula has no value on paper: shapes, indices or names do not fit; the text says why."""


class UnreadError(Exception):
    """The formula uses LaTeX that this evaluator does not know; nothing is said about it."""
