"""What setup/ does with a machine: its steps, with apt replaced by scripts of the
test's own, so that nothing is installed."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from .processes import CHECKOUT

# More than a pipe holds: whoever stops reading early ends the one who writes.
MUCH = "for i in $(seq 20000); do echo '  a line that nobody asked for'; done"
APT_CACHE = f"""#!/bin/sh
case "$*" in
    *policy*) echo "wkhtmltopdf:"; echo "  Candidate: 0.12.6-2+b1"; {MUCH} ;;
    *madison*) echo "fonts | 5.0.10+really4.7.0 | a"; {MUCH} ;;
esac
"""
APT_GET = f"""#!/bin/sh
case "$*" in
    *indextargets*) echo "main http://mirror.example/debian"; {MUCH} ;;
    *install*) echo "$*" >>"$TOLD" ;;
esac
"""


class TestSetup(unittest.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="tip_mvno_setup_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, script in (("apt-cache", APT_CACHE), ("apt-get", APT_GET)):
            program = self.folder / name
            program.write_text(script)
            program.chmod(0o755)

    def run_step(self, step):
        """Run a function of setup/ as its commands do, with the programs of the folder
        before all others, but for those that would be found.

        :param str step: bash
        :return: what it printed
        """
        hidden = 'command() { [ "$2" != wkhtmltopdf ] && builtin command "$@"; }'
        done = subprocess.run(
            ["bash", "-c", f". setup/bootstrap.sh; {hidden}; {step}"],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "TOLD": str(self.folder / "told"),
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_what_prints_is_installed_where_the_machine_has_it(self):
        self.run_step("install_packages chromium")
        self.assertIn("wkhtmltopdf", (self.folder / "told").read_text())

    def test_the_mirror_is_found_in_a_long_list(self):
        self.assertEqual(self.run_step("debian_mirror"), "http://mirror.example/debian")

    def test_nothing_in_setup_stops_reading_a_pipe_early(self):
        """``grep -q``, ``head`` and awk's ``exit`` close a pipe that is written to:
        with pipefail a step fails by chance."""
        for script in sorted(Path(CHECKOUT, "setup").iterdir()):
            if not script.is_file():
                continue
            for number, text in enumerate(script.read_text().splitlines(), 1):
                with self.subTest(script=script.name, line=number):
                    self.assertNotRegex(
                        text, r"\|\s*(grep\s+(-\w*q|-m)|head\b|sed\s+\w*q)|; exit }'"
                    )
