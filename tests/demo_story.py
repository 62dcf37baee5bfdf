"""What `setup/demo` runs in an Odoo shell: the story, printed as a table."""

import os
import unicodedata

from tests.story import Story


def _width(text):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def print_table(rows):
    """Print (what, result) rows as two columns.

    :param list rows: pairs of a text and anything printable
    """
    left = max(_width(what) for what, _result in rows)
    right = max(_width(str(result)) for _what, result in rows)
    rule = f"+{'-' * (left + 2)}+{'-' * (right + 2)}+"
    print(rule)
    for what, result in rows:
        print(f"| {what:<{left}} | {result!s:<{right}} |")
    print(rule, flush=True)


def main(env):
    """Run the story in the shell's database.

    :param env: the shell's environment
    """
    here = {"lang": "pt_BR", "tz": "America/Sao_Paulo"}
    admin = env.ref("base.user_admin")
    admin.write(here)
    env.company.name = "Provedor Fictício"
    env = env(user=admin, context={**env.context, **here})
    # the shell's transaction ends where a click's would; `_commit_progress` outside
    # a cron is a plain commit
    story = Story(
        env,
        os.environ["MVNO_DEMO_PLATFORM_URL"],
        os.environ["MVNO_DEMO_TOKEN"],
        commit=env["ir.cron"]._commit_progress,
        drive=lambda model, method: getattr(env[model].sudo(), method)(),
    )
    print_table(story.tell())
