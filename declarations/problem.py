"""The one error that a user sees."""


class Problem(Exception):
    """A mistake that a person can mend: where it is, what is wrong, what to do next.

    ``place`` names the file, feed, row or column; ``what`` says what was found and expected (with the
    value); ``fix`` is the next step. Faces print it as one paragraph and exit with a code other than 0.
    """

    def __init__(self, place: str, what: str, fix: str) -> None:
        super().__init__(f"{place}: {what} Next step: {fix}")
        self.place = place
        self.what = what
        self.fix = fix

    def __reduce__(self) -> tuple[type["Problem"], tuple[str, str, str]]:
        return (type(self), (self.place, self.what, self.fix))


class SourceAway(Problem):
    """A Problem that may pass by itself: the source does not answer just now. It is worth trying again."""
