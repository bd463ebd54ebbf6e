"""`pipec build` makes the deployable zip: one aarch64 program that Amazon Linux 2023 can load, the same bytes when made again."""

import hashlib
import os
import re
import stat
import struct
import subprocess
import time
import zipfile

from outside import arm64, place, report

GLIBC_MAX = (2, 34)  # of Amazon Linux 2023
ZIP_BYTES_MAX = 50 * 1024 * 1024  # Lambda's limit on an uploaded package


def build():
    env = arm64.build_environment() | {"CARGO_TERM_COLOR": "never"}
    done = subprocess.run([place.TARGET / "debug" / "pipec", "build", place.SPEC.relative_to(place.PROJECT)], cwd=place.PROJECT, env=env,
                          stdout=subprocess.PIPE, text=True)
    return done.returncode, (done.stdout.strip().splitlines() or [""])[-1]


def check(found):
    began = time.monotonic()
    code, printed = build()
    found.need(code == 0, "pipec build ends with 0", code)
    path = place.PROJECT / printed
    found.need(path.is_file(), "pipec build prints where the package is", printed)
    place.RUN.mkdir(parents=True, exist_ok=True)
    (place.RUN / "package.path").write_text(str(path), encoding="utf-8")
    took_s = time.monotonic() - began

    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    found.expect(digest[:16] in path.name, "the package is named by its content", path.name)
    found.expect(len(content) < ZIP_BYTES_MAX, "the package is small enough to upload", len(content))
    with zipfile.ZipFile(path) as archive:
        found.equal("the files in it", archive.namelist(), ["bootstrap"])
        entry = archive.getinfo("bootstrap")
        found.expect((entry.external_attr >> 16) & stat.S_IXUSR, "bootstrap is executable", oct(entry.external_attr >> 16))
        program = archive.read("bootstrap")
    found.equal("ELF class, data and machine", [program[:4], program[4], program[5], struct.unpack("<H", program[18:20])[0]], [b"\x7fELF", 2, 1, 183])
    unpacked = place.scratch("package") / "bootstrap"
    unpacked.write_bytes(program)
    os.chmod(unpacked, 0o755)
    symbols(found, unpacked)
    personal(found, program)

    os.remove(path)
    code, printed = build()
    found.expect(code == 0 and (place.PROJECT / printed).read_bytes() == content, "made again, the package has the same bytes", printed)
    found.show(f"aarch64 ELF, {len(program) / 1e6:.2f} MB, zipped {len(content) / 1e6:.2f} MB, built in {took_s:.0f} s")


def symbols(found, program):
    """Every symbol version that the program needs is one that Lambda's system has."""
    dump = subprocess.run([place.ARM64 / "bin" / "aarch64-linux-gnu-objdump", "-T", program], capture_output=True, text=True, check=True).stdout
    versions = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([0-9.]+)", dump)}
    found.expect(not versions or max(versions) <= GLIBC_MAX, f"glibc symbols up to {'.'.join(map(str, GLIBC_MAX))}", sorted(versions)[-3:])


def personal(found, program):
    for text in {str(place.PROJECT), os.path.expanduser("~")} - {"/"}:
        found.expect(f"{text}/".encode() not in program, f"no path of this machine is in the program ({text})")


report.run(check)
