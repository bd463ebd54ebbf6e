"""How a check tells what it found: lines as it goes, then an exit code that ./verify reads."""

import json
import signal
import sys
import traceback

_UNSEEN = object()
OK, FAILED, SKIPPED = 0, 1, 77  # 77 is what automake calls a skipped test


class Skip(Exception):
    """The check cannot run here; the text says why."""


class Stop(Exception):
    """What follows depends on what has just failed."""


class Report:
    """Collects findings, so that one failure does not hide the next."""

    def __init__(self):
        self.findings = []
        self.shown = []

    def note(self, text):
        """A line for the log."""
        print(text, flush=True)

    def show(self, text):
        """A part of the summary, where there is nothing worse to say."""
        self.shown.append(text)

    def expect(self, holds, text, seen=_UNSEEN):
        """Notes that `text` holds, or that it does not and what was seen instead. Returns whether it holds."""
        if holds:
            self.note(f"  yes: {text}")
        else:
            finding = f"expected: {text}" if seen is _UNSEEN else f"expected: {text}; seen: {brief(seen)}"
            self.findings.append(finding)
            self.note(f"   NO: {finding}")
        return bool(holds)

    def equal(self, text, seen, expected):
        """Expects `seen` to be `expected`."""
        return self.expect(seen == expected, f"{text} is {brief(expected)}", seen)

    def need(self, holds, text, seen=_UNSEEN):
        """Expects, and ends the check where it does not hold."""
        if not self.expect(holds, text, seen):
            raise Stop


def brief(value):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 1500 else text[:1500] + " ..."


def run(check):
    """Runs `check(report)`; the last line printed is the summary."""
    report = Report()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))  # so that servers are stopped on the way out
    try:
        check(report)
    except Skip as skip:
        print(skip)
        sys.exit(SKIPPED)
    except Stop:
        pass
    except Exception as error:  # a check that breaks has found something too
        traceback.print_exc(file=sys.stdout)
        report.findings.append(f"{type(error).__name__}: {error}")
    if report.findings:
        for finding in report.findings:
            print(f"FINDING {finding}")
        print(f"{len(report.findings)} finding(s); the first: {report.findings[0].splitlines()[0]}")
        sys.exit(FAILED)
    print("; ".join(report.shown))
    sys.exit(OK)
