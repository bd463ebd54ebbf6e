"""What the benches share: building the measured programs, medians, and what Linux says about a process."""
import contextlib
import os
import statistics
import struct
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))


def build(*packages, programs=()):
    """Release builds of these programs of these packages, or of all their programs; gives the folder with them."""
    names = [argument for package in packages for argument in ("--package", package)]
    wanted = [argument for program in programs for argument in ("--bin", program)] or ["--bins"]
    subprocess.run(["cargo", "build", "--quiet", "--release", *wanted, *names], check=True, cwd=ROOT)
    return os.path.join(TARGET, "release")


def summary(values, form):
    """Median, least and greatest."""
    return f"{statistics.median(values):{form}} [{min(values):{form}} to {max(values):{form}}]"


def cpu_s(pid):
    """CPU time of a process and all its threads so far, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    """Processes that this one started and that still run."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                parent = stat.read().rpartition(")")[2].split()[1]
        except OSError:  # It ended while the list was read.
            continue
        if int(parent) == pid:
            found.append(int(name))
    return found


@contextlib.contextmanager
def awake_cores():
    """Keeps idle cores from falling asleep while something is measured, as `cyclictest` does: a core that sleeps, above all one of a virtual
    machine, takes longer to wake than a handler takes to answer. Gives a word about it for the line of the machine."""
    try:
        latency = open("/dev/cpu_dma_latency", "wb", buffering=0)  # noqa: SIM115
    except OSError as error:
        yield f"idle cores may sleep ({error.strerror})"
        return
    with latency:  # Linux keeps to it for as long as the file is open, https://docs.kernel.org/power/pm_qos_interface.html
        latency.write(struct.pack("i", 0))
        yield "idle cores kept awake"


def machine():
    """One line about the machine that the figures come from."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
