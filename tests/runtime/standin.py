"""A supervisor over stand-in children, run by tests as a process of its own: `python standin.py SCENARIO`."""

import signal
import subprocess
import sys

from midway.runtime import process
from midway.runtime.problem import CannotRun
from midway.runtime.supervisor import Part, Supervisor


def sleeper(name: str) -> Part:
    """A part that does nothing until it is stopped."""

    def begin() -> "subprocess.Popen[bytes]":
        return process.start(["sleep", "600"], env={"PATH": "/usr/bin:/bin"}, output=None)

    return Part(name, f"Stand-in {name}", begin, ((signal.SIGTERM, 5),))


def failing(name: str) -> Part:
    """A part that ends at once, every time."""

    def begin() -> "subprocess.Popen[bytes]":
        return process.start(["false"], env={"PATH": "/usr/bin:/bin"}, output=None)

    return Part(name, f"Stand-in {name}", begin, ((signal.SIGTERM, 5),))


def refusing_later(name: str) -> Part:
    """A part that starts once and then refuses in words."""
    tries = iter([True])

    def begin() -> "subprocess.Popen[bytes]":
        if not next(tries, False):
            raise CannotRun(f"{name} has no room: make some")
        return process.start(["true"], env={"PATH": "/usr/bin:/bin"}, output=None)

    return Part(name, f"Stand-in {name}", begin, ((signal.SIGTERM, 5),))


def deaf(name: str) -> Part:
    """A part that ignores SIGTERM."""

    def begin() -> "subprocess.Popen[bytes]":
        return process.start(
            ["sh", "-c", "trap '' TERM; while :; do sleep 600; done"], env={"PATH": "/usr/bin:/bin"}, output=None
        )

    return Part(name, f"Stand-in {name}", begin, ((signal.SIGTERM, 0.3),))


SCENARIOS = {
    "two": [sleeper("first"), sleeper("second")],
    "failing": [sleeper("first"), failing("second")],
    "refusing": [refusing_later("first")],
    "deaf": [deaf("first")],
}


def say(line: str) -> None:
    """Will print at once, for the test is waiting."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(scenario: str) -> None:
    """Will run the scenario until told to stop."""
    with Supervisor(say=say, changed=lambda: None) as supervisor:
        for part in SCENARIOS[scenario]:
            supervisor.start(part)
            assert part.child is not None
            say(f"{part.name}={part.child.pid}")
        say("watching")
        supervisor.watch()
    say("gone")


if __name__ == "__main__":
    main(sys.argv[1])
