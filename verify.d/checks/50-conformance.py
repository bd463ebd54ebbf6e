"""The tests that read the conformance data, which nobody here wrote: run with the data there, so that none of them can skip in silence."""

import os
import re
import subprocess

from outside import place, report
from outside.report import Skip

VARIABLE = "PIPEC_CONFORMANCE"


def readers():
    """The test programs that read the data, by themselves or through a module of the tests, and the modules of libraries whose own tests do."""
    programs, modules = set(), set()
    for tests in sorted(place.PROJECT.glob("*/tests")):
        shared = {path.parent.name for path in tests.glob("*/*.rs") if VARIABLE in path.read_text(encoding="utf-8")}
        uses = re.compile(rf"\b(?:{VARIABLE}|mod (?:{'|'.join(shared) or 'none'});)")
        programs |= {path.stem for path in tests.glob("*.rs") if uses.search(path.read_text(encoding="utf-8"))}
    for source in place.PROJECT.glob("*/src/**/*.rs"):
        if VARIABLE in source.read_text(encoding="utf-8"):
            modules.add(source.stem)
    return sorted(programs), sorted(modules)


def check(found):
    data = os.environ.get(VARIABLE) or place.PROJECT / ".." / "shared" / "conformance"
    data = os.path.join(place.PROJECT, data)
    if not os.path.isdir(data):
        raise Skip(f"the conformance data is not here; {VARIABLE} names its folder")
    programs, modules = readers()
    found.need(programs, "there are tests that read the data")
    found.need(modules, "there are modules whose tests read the data")
    # The whole workspace, as `cargo test` builds it: alone, a crate has fewer features, and tests of what is left out are left out too.
    chosen = [argument for program in programs for argument in ("--test", program)]
    runs = {", ".join(programs): (chosen, []), ", ".join(modules): (["--lib"], modules)}
    passed = 0
    for name, (targets, filters) in runs.items():
        command = ["cargo", "test", "--quiet", "--workspace", *targets, "--", *filters, "--nocapture"]
        done = subprocess.run(command, cwd=place.PROJECT, env=os.environ | {VARIABLE: os.path.abspath(data)}, capture_output=True, text=True)
        said = done.stdout + done.stderr
        found.note(said)
        found.expect(done.returncode == 0, name, re.findall(r"^test .* FAILED|panicked.*$", said, re.M)[:5])
        skipped = [line for line in said.splitlines() if re.search(r"\bskip", line, re.I)]
        found.expect(not skipped, f"{name}: nothing is skipped", skipped[:3])
        ran = sum(map(int, re.findall(r"test result: ok\. (\d+) passed", done.stdout)))
        found.expect(ran > 0, f"{name}: there are tests", [ran])
        passed += ran
    found.show(f"{passed} tests over recorded and published cases: {'; '.join(runs)}")


report.run(check)
