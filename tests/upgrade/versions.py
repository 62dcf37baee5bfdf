"""Two versions of the addons side by side: a work tree of the one before, a database
that it made, and Odoo's command line for either."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.tools import config

from ..processes import CHECKOUT

#: The last commit of the version before this one, for clones without its tag.
BEFORE = ("19.0.1.0.0", "7413b7f7716fbde80f6c9d7da146f54da5c45de4")
#: A database with everything the addons stand on, but without them (setup/test).
BASE_TEMPLATE = "MVNO_BASE_TEMPLATE"
OURS = "tip_mvno,tip_mvno_billing"


@contextlib.contextmanager
def worktree_before():
    """:return: :class:`Path` of the version before, removed afterwards"""
    tag, commit = BEFORE
    known = _git("tag", "--list", tag).strip()
    with tempfile.TemporaryDirectory(prefix="tip_mvno_before_") as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", "--quiet", str(tree), known or commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments):
    return subprocess.run(
        ["git", "-C", CHECKOUT, *arguments], check=True, capture_output=True, text=True
    ).stdout


@contextlib.contextmanager
def database_of_its_own(name):
    """:param str name: what to call it, after the run's own name
    :return: the name of a copy of the base template, dropped afterwards"""
    database = f"{os.environ['MVNO_TEST_TEMPLATE']}_{name}"
    template = os.environ[BASE_TEMPLATE]
    subprocess.run(["createdb", f"--template={template}", database], check=True)
    try:
        yield database
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)


def odoo(tree, database, *arguments, script=None, **environment):
    """Run Odoo's command line with the addons of one version.

    :param tree: :class:`Path` of the checkout whose addons and `tests` are used
    :param str database: the database it works on
    :param arguments: what follows ``-d DATABASE``
    :param str script: what to type into an Odoo shell, for which it is one
    :param environment: further environment variables
    :return: what it printed
    :raise AssertionError: when it failed, or its log has a warning, with the log
    """
    core = [path for path in config["addons_path"] if Path(path) != CHECKOUT]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        "import odoo.cli; odoo.cli.main()",
        *(["shell"] if script else []),
        f"--addons-path={','.join([*core, str(tree)])}",
        *("-d", database, "--no-http", "--max-cron-threads=0", "--log-level=warn"),
        *arguments,
    ]
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), **environment},
        input=script or "",
        capture_output=True,
        text=True,
    )
    found = done.stderr if done.returncode else _warnings(done.stderr)
    if found:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}\n{found}")
    return done.stdout


def _warnings(log):
    """:return: what an Odoo log says that it should not"""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.write(log)
        file.flush()
        check = [sys.executable, CHECKOUT / "setup" / "checklog.py", file.name]
        return subprocess.run(check, capture_output=True, text=True).stdout
