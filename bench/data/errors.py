"""The error of all data sets."""


class DataError(Exception):
    """The data cannot be used as they are. The message names the culprit and the remedy."""
