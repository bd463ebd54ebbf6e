"""cfn-lint finds nothing in any compiled template: no error, no warning, no information."""

import subprocess

from outside import place, report


def check(found):
    templates = place.templates()
    found.need(templates, f"{place.INFRA_OUT} holds templates")
    done = subprocess.run([place.PYTHON / "cfn-lint", "--include-checks", "I", "--format", "parseable", *templates],
                          capture_output=True, text=True, cwd=place.PROJECT)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    for line in lines:
        found.expect(False, "no finding of cfn-lint", line.replace(f"{place.PROJECT}/", ""))
    found.expect(done.returncode == 0, "cfn-lint ends with 0", done.returncode)
    found.show(f"cfn-lint: 0 findings in {len(templates)} template(s)")


report.run(check)
