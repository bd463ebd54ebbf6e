"""The tests that read the conformance data, which nobody here wrote: run with the data there, so that none of them can skip in silence."""

import os
import re
import subprocess

from outside import place, report
from outside.report import Skip

VARIABLE = "PIPEC_CONFORMANCE"


def readers():
    """What reads the data, by itself or through a module that tests share: test programs of one file, modules of programs of several,
    and modules of libraries with tests of their own."""
    programs, modules, own = set(), set(), set()
    for tests in sorted(place.PROJECT.glob("*/tests")):
        reads = {path for path in tests.glob("**/*.rs") if VARIABLE in path.read_text(encoding="utf-8")}
        parts = [path for path in reads if path.parent != tests and not (path.parent / "main.rs").exists()]
        shared = {path.stem for path in parts} | {path.parent.name for path in parts}
        uses = re.compile(rf"\b(?:{VARIABLE}|mod (?:{'|'.join(shared) or 'none'});|crate::(?:{'|'.join(shared) or 'none'})::)")
        programs |= {path.stem for path in tests.glob("*.rs") if uses.search(path.read_text(encoding="utf-8"))}
        for program in tests.glob("*/main.rs"):
            files = [path for path in program.parent.glob("*.rs") if path != program]
            modules |= {path.stem for path in files if uses.search(path.read_text(encoding="utf-8"))}
    for source in place.PROJECT.glob("*/src/**/*.rs"):
        if VARIABLE in source.read_text(encoding="utf-8"):
            own.add(source.stem)
    return sorted(programs), sorted(modules), sorted(own)


def check(found):
    data = os.environ.get(VARIABLE) or place.PROJECT / ".." / "shared" / "conformance"
    data = os.path.join(place.PROJECT, data)
    if not os.path.isdir(data):
        raise Skip(f"the conformance data is not here; {VARIABLE} names its folder")
    programs, modules, own = readers()
    found.need(programs and modules, "there are tests that read the data")
    found.need(own, "there are modules whose tests read the data")
    # The whole workspace, as `cargo test` builds it: alone, a crate has fewer features, and tests of what is left out are left out too.
    chosen = [argument for program in programs for argument in ("--test", program)]
    runs = {
        ", ".join(programs): (chosen, []),
        ", ".join(modules): (["--test", "it"], [f"{module}::" for module in modules]),
        ", ".join(own): (["--lib"], own),
    }
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
