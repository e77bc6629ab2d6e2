"""What can be wrong with what a user gave."""


class WorldError(Exception):
    """A message for the user and the exit code that goes with it."""

    code = 2


class NotFound(WorldError):
    """A world, folder or file that is not there."""

    code = 3
