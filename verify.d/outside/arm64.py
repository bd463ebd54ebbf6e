"""Running ARM64 programs here: qemu for one program, and for a server that starts such programs itself."""

import contextlib
import os
import pathlib
import subprocess

from outside import place
from outside.report import Skip

_BINFMT = pathlib.Path("/proc/sys/fs/binfmt_misc")
_NAME = "pipec-verify-aarch64"
# An ELF file of 64 bits, little-endian, executable or shared, for machine 183. Flag F: the kernel opens qemu at once.
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
_PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]


def qemu(program):
    """The command that runs one ARM64 program."""
    return [place.QEMU, "-L", place.ARM64_LIBRARIES, program]


def _entry():
    return f":{_NAME}:M::{_MAGIC}:{_MASK}:{place.QEMU}:F"


def _in_private_namespace(command):
    """`command` in name spaces of its own, in which the kernel starts ARM64 programs through qemu."""
    script = f'mount -t binfmt_misc binfmt {_BINFMT} && printf %s "$0" >{_BINFMT}/register && exec setpriv --pdeathsig TERM "$@"'
    return [*_PRIVATE, "sh", "-c", script, _entry(), *command]


@contextlib.contextmanager
def able_to_run(command):
    """Yields a command and variables with which `command` can start ARM64 programs directly.

    A kernel since 6.7 has binfmt_misc per user name space: nothing outside of the command sees it, and it ends with it.
    An older one has a single register; the entry is taken away again, also one that a killed run has left.
    """
    env = {"QEMU_LD_PREFIX": str(place.ARM64_LIBRARIES)}
    probe = subprocess.run([str(part) for part in _in_private_namespace(["true"])], capture_output=True, text=True)
    if probe.returncode == 0 and not (_BINFMT / _NAME).exists():
        yield _in_private_namespace(command), env
        return
    mounted_here = _register()
    try:
        yield command, env
    finally:
        _remove(mounted_here)


def _register():
    try:
        mounted_here = not (_BINFMT / "register").exists()
        if mounted_here:
            subprocess.run(["mount", "-t", "binfmt_misc", "binfmt", str(_BINFMT)], check=True, capture_output=True)
        _forget()
        (_BINFMT / "register").write_bytes(_entry().encode())
        return mounted_here
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip(f"this kernel does not let us register qemu for ARM64 programs (root needed): {error}") from error


def _forget():
    if (_BINFMT / _NAME).exists():
        (_BINFMT / _NAME).write_text("-1", encoding="ascii")


def _remove(mounted_here):
    _forget()
    if mounted_here:
        subprocess.run(["umount", str(_BINFMT)], check=False, capture_output=True)


def build_environment():
    """The variables of the toolchain's env.sh, for cargo."""
    shell = subprocess.run(["bash", "-c", '. "$0" && env -0', str(place.ARM64 / "env.sh")], check=True, capture_output=True)
    pairs = (entry.split("=", 1) for entry in shell.stdout.decode().split("\0") if "=" in entry)
    return dict(os.environ) | dict(pairs)
