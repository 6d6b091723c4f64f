"""Numbers as people say them."""


def counted(number: int, word: str) -> str:
    """ "1 error", "3 errors", "no errors"."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def times(number: int) -> str:
    """ "once", "3 times"."""
    return "once" if number == 1 else f"{number} times"
