"""The tests that read the conformance data, which nobody here wrote: run with the data there, so that none of them can skip in silence."""

import os
import re
import subprocess

from outside import place, report
from outside.report import Skip

VARIABLE = "PIPEC_CONFORMANCE"


def readers():
    """Crate folder to those of its test programs that read the data, by themselves or through a module of the tests."""
    found = {}
    for tests in sorted(place.PROJECT.glob("*/tests")):
        modules = {path.parent.name for path in tests.glob("*/*.rs") if VARIABLE in path.read_text(encoding="utf-8")}
        uses = re.compile(rf"\b(?:{VARIABLE}|mod (?:{'|'.join(modules) or 'none'});)")
        named = [path.stem for path in sorted(tests.glob("*.rs")) if uses.search(path.read_text(encoding="utf-8"))]
        if named:
            found[tests.parent] = named
    return found


def check(found):
    data = os.environ.get(VARIABLE) or place.PROJECT / ".." / "shared" / "conformance"
    if not os.path.isdir(data):
        raise Skip(f"the conformance data is not here; {VARIABLE} names its folder")
    passed = 0
    programs = readers()
    found.need(programs, "there are tests that read the data")
    for crate, tests in programs.items():
        chosen = [argument for test in tests for argument in ("--test", test)]
        done = subprocess.run(["cargo", "test", "--quiet", "--manifest-path", crate / "Cargo.toml", *chosen, "--", "--nocapture"], cwd=place.PROJECT,
                              env=os.environ | {VARIABLE: os.path.abspath(data)}, capture_output=True, text=True)
        found.note(done.stdout + done.stderr)
        found.expect(done.returncode == 0, f"{crate.name}: {', '.join(tests)}", re.findall(r"^test .* FAILED|panicked.*$", done.stdout + done.stderr, re.M)[:5])
        skipped = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"\bskip", line, re.I)]
        found.expect(not skipped, f"{crate.name}: nothing is skipped", skipped[:3])
        passed += sum(map(int, re.findall(r"test result: ok\. (\d+) passed", done.stdout)))
    found.show(f"{passed} tests over recorded and published cases in {', '.join(crate.name for crate in programs)}")


report.run(check)
