"""Whether work waits for the machine: the kernel's own account of pressure, not the load, which counts who stands in
line and not how long."""

from midway.ops.look import Look
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.host import told

_SAYS = {
    "cpu": "somebody waited for the processor",
    "memory": "everybody stood still for memory",
    "io": "everybody stood still for the disk",
}
_SYSTEMD = "systemd-oomd ends processes at 60 % of memory pressure; a third of it is felt by people"


@procedure(
    id="host.pressure",
    title="Nobody waits long for processor, memory or disk",
    cadence=Cadence.DAILY,
    document_lines=(25, 253, 254),
    scene=told(pressure={"cpu": 12.0, "memory": 0.1, "io": 2.0}),
    limits=(
        Limit("cpu", "of five minutes somebody waited for the processor", "%", 80, 95, "Prometheus rules: 80 % busy"),
        Limit("memory", "of five minutes everybody stood still for memory", "%", 10, 20, _SYSTEMD),
        Limit("io", "of five minutes everybody stood still for the disk", "%", 30, 60, "Midway: pages wait for it too"),
    ),
    faults=(
        Fault("busy", "the processor is overbooked", told(pressure={"cpu": 90.0, "memory": 0.1, "io": 2.0}),
              Status.WARN, names="processor"),
        Fault("thrashing", "all wait for memory", told(pressure={"cpu": 20.0, "memory": 35.0, "io": 20.0}),
              Status.CRIT, names="memory"),
        Fault("disk", "all wait for the disk", told(pressure={"cpu": 5.0, "memory": 0.0, "io": 40.0}),
              Status.WARN, names="disk"),
    ),
    manual=Manual(
        why="A machine can be slow for everybody while nothing on it is full.",
        read="Shares of the last five minutes, from /proc/pressure. What is kept shows whether it grows.",
        mend="host.processes and postgres.statements say who works; fewer web workers help memory, more disk helps io.",
        not_the_obvious="`top` and the load average say how many want to work, not for how long work stood still.",
    ),
)  # fmt: skip
def pressure(look: Look) -> None:
    """Three numbers of the kernel."""
    found = look.around.host.pressure()
    if not found:
        look.skip("This kernel keeps no account of pressure (/proc/pressure).")
    look.count(len(found))
    for part, percent in found.items():
        look.keep("host.pressure", percent, subject=part)
        look.found(part, percent, f"In {percent:.0f} % of the last five minutes {_SAYS[part]}.")
    look.fine("; ".join(f"{part} {percent:.0f} %" for part, percent in found.items()) + " of five minutes waited.")
