"""Where things are: the project, the tools that verify installed, what the project was compiled to."""

import json
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("VERIFY_TOOLS", PROJECT / ".verify"))
RUN = TOOLS / "run"  # emptied before each run of ./verify
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))

PYTHON = TOOLS / "python" / "bin"
CHECKOV = TOOLS / "checkov" / "bin"
MOTO = TOOLS / "moto" / "bin"
NODE = TOOLS / "node" / "node_modules" / ".bin"
ARM64 = TOOLS / "arm64"
QEMU = ARM64 / "root" / "usr" / "bin" / "qemu-aarch64-static"
ARM64_LIBRARIES = ARM64 / "root" / "usr" / "aarch64-linux-gnu"

INFRA_OUT = Path(os.environ.get("VERIFY_INFRA_OUT", PROJECT / "infra-out"))
PIPELINE = "payments"  # the pipeline that is deployed and driven
SPEC = PROJECT / "specs" / f"{PIPELINE}.pipe"


def templates():
    """All compiled templates, in order."""
    return sorted(INFRA_OUT.glob("*/template.json"))


def template(pipeline=PIPELINE):
    with open(INFRA_OUT / pipeline / "template.json", encoding="utf-8") as file:
        return json.load(file)


def scratch(name):
    """A folder of this run, for one check."""
    folder = RUN / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def package():
    """The zip that `pipec build` made, written down by the check that built it; None where that failed. VERIFY_PACKAGE names another."""
    if "VERIFY_PACKAGE" in os.environ:
        return Path(os.environ["VERIFY_PACKAGE"])
    note = RUN / "package.path"
    return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None
