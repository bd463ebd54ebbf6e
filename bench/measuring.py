"""What the benches share: building the measured programs, medians, and what Linux says about a process."""
import os
import statistics
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


def machine():
    """One line about the machine that the figures come from."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
