"""Takes the pictures of docs/telas.md for `setup/pictures`."""

import argparse
import io
import json
import time
import urllib.error
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1400, "height": 850}
COLOURS = 128
SERVER_SECONDS = 90
QUIET_MS = 600
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What has a picture of its own without data
EMPTY = {
    "vazio_plataformas": "mvno-platforms",
    "vazio_assinantes": "mvno-subscribers",
    "vazio_linhas": "mvno-lines",
    "vazio_simcards": "mvno-simcards",
    "vazio_gerenciador": "mvno-manager",
    "vazio_portabilidades": "mvno-port-ins",
    "vazio_extratos": "mvno-statements",
    "vazio_lotes": "mvno-billing-runs",
    "vazio_faturas": "mvno-invoices",
    "vazio_consumo": "mvno-usage",
    "vazio_solicitacoes": "mvno-requests",
    "vazio_aguardando_tip": "mvno-support-requests",
    "vazio_trocas_de_plano": "mvno-plan-changes",
    "vazio_divergencias": "mvno-drift",
    "vazio_importacoes": "mvno-imports",
    "vazio_pacotes": "mvno-top-ups",
    "vazio_transferencias": "mvno-simcard-transfers",
    "vazio_excecoes": "mvno-billing-exceptions",
    "vazio_fechamento": "mvno-month-closing",
    "vazio_faturas_tip": "mvno-platform-bills",
    "vazio_conferencia": "mvno-platform-bill-results",
    "vazio_custos": "mvno-plan-costs",
}


def settle(page):
    """Wait until the page has asked the server nothing for a moment."""
    # what a click asks for is on its way only a little later
    page.wait_for_timeout(QUIET_MS / 2)
    page.wait_for_function(
        """quiet => {
            const asked = performance.getEntriesByType("resource");
            const last = Math.max(0, ...asked.map((entry) => entry.responseEnd));
            return (
                document.fonts.status === "loaded" &&
                !document.querySelector(".o_blockUI") &&
                performance.now() - last > quiet
            );
        }""",
        arg=QUIET_MS,
    )


def open_groups(*numbers):
    """:return: a step that unfolds groups of a list: those, or all"""

    def unfold(page):
        groups = page.locator(".o_group_header .o_group_name").all()
        # the last one first: the places of the others stay
        for number in sorted(numbers or range(len(groups)), reverse=True):
            groups[number].click()
            settle(page)

    return unfold


def subscribe(page):
    """Open the dialog of the customer whose plans wait, and fill its first line."""
    row = page.locator(".o_data_row", has_text="Fictícia Cinco")
    row.locator("button[name=action_mvno_subscribe]").click()
    lines = page.locator(".modal .o_data_row")
    for number in range(lines.count() or 2):
        line = lines.nth(number)
        line.locator("td[name=simcard_id]").click()
        line.locator("[name=simcard_id] input").click()
        page.locator(".o-autocomplete--dropdown-item").nth(number + 1).click()
    line = lines.nth(1)
    line.locator("[name=portability] input").check()
    line.locator("[name=number] input").fill("(11) 98123-4321")
    line.locator("[name=donor] input").fill("Operadora Fictícia")


def tab(name):
    """:return: a step that opens a page of a form's notebook"""
    return lambda page: page.locator(f".nav-link[name={name}]").click()


def change_plan(name):
    """:return: a step that opens the dialog to change a line's plan, and chooses one"""

    def choose(page):
        page.locator("button[name=action_change_plan]").click()
        page.locator(".modal [name=product_id] input").fill(name)
        page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()
        page.locator(".modal [name=when] input").nth(1).check()

    return choose


def top_up(page):
    """Open the dialog for a top-up; the only one on sale is proposed."""
    page.locator("button[name=action_top_up]").click()
    page.locator(".modal").wait_for()


def scan(dialog, place, *iccids):
    """:return: a step that opens a dialog of the SIM stock and pastes ICCIDs

    :param str dialog: the button's text
    :param str place: the choice in the dialog
    """

    def paste(page):
        page.locator(".o_control_panel button", has_text=dialog).click()
        page.locator(".modal .o_radio_item", has_text=place).locator("input").check()
        page.locator(".modal [name=holder_id] input").fill("Técnico")
        page.locator(".o-autocomplete--dropdown-item", has_text="Técnico").first.click()
        page.locator(".modal [name=scanned] textarea").fill("\n".join(iccids))
        page.locator(".modal-title").click()
        settle(page)

    return paste


def review_lines(page):
    """Open the lines of an import, those to take over unfolded."""
    page.locator(".o_form_statusbar button[name=action_view_lines]").click()
    page.locator(".o_group_header").first.wait_for()
    open_groups(0, 1)(page)


def health(page):
    """Open the platform's health and show the scheduled actions, too."""
    tab("health")(page)
    page.locator("[name=heartbeat_ids]").scroll_into_view_if_needed()


def everything(page):
    """Take the search's filters away."""
    for facet in page.locator(".o_facet_remove").all()[::-1]:
        facet.click()
        settle(page)


def told_pictures(records):
    """:return: dict of picture name to (path in the web client, step or None)"""
    line = f"mvno-lines/{records['line']}"
    with_technician, elsewhere = records["iccids"][:3], records["iccids"][3:]
    return {
        "gerenciador": ("mvno-manager", open_groups(1, 2, 3)),
        "assinantes": ("mvno-subscribers", None),
        "assinar": ("mvno-subscribers", subscribe),
        "cliente": (f"mvno-subscribers/{records['customer']}", None),
        "linhas": ("mvno-lines", None),
        "linha": (line, None),
        "trocar_plano": (line, change_plan(records["plan_name"])),
        "pacote_adicional": (line, top_up),
        "aguardando_tip": (f"mvno-support-requests/{records['request']}", None),
        "linha_bloqueios": (f"mvno-lines/{records['held']}", tab("holds")),
        "portabilidades": ("mvno-port-ins", everything),
        "portabilidade": (f"mvno-port-ins/{records['portability']}", None),
        "plataforma": (f"mvno-platforms/{records['platform']}", None),
        "catalogo": (f"mvno-platforms/{records['platform']}", tab("plans")),
        "plataforma_saude": (
            f"mvno-platforms/{records['platform']}",
            health,
        ),
        "divergencias": ("mvno-drift", None),
        "divergencia": (f"mvno-drift/{records['drift']}", None),
        "importacao": (f"mvno-imports/{records['adoption']}", None),
        "importacao_linhas": (f"mvno-imports/{records['adoption']}", review_lines),
        "transferir": (
            "mvno-simcards",
            scan("Transferir", "Para um técnico", *elsewhere, with_technician[0]),
        ),
        "inventario": (
            "mvno-simcards",
            scan("Inventário", "Um técnico", *with_technician[:2], elsewhere[0]),
        ),
        "plano": (f"mvno-plans/{records['plan']}", None),
        "extratos": ("mvno-statements", None),
        "extrato": (f"mvno-statements/{records['statement']}", None),
        "lote": (f"mvno-billing-runs/{records['run']}", None),
        "faturas": ("mvno-invoices", None),
        "fatura": (f"mvno-invoices/{records['invoice']}", None),
        "excecoes": ("mvno-billing-exceptions", None),
        "fechamento": ("mvno-month-closing", open_groups()),
        "fatura_tip": (f"mvno-platform-bills/{records['bill']}", None),
        "conferencia": ("mvno-platform-bill-results", open_groups()),
        "custos": ("mvno-plan-costs", None),
        "consumo": ("mvno-usage", open_groups()),
        "solicitacoes": ("mvno-requests", everything),
    }


def wait_for_server(url):
    """Wait until Odoo answers.

    :param str url: its address
    :raise TimeoutError: when it does not
    """
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/web/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise TimeoutError(f"{url} did not answer")


def log_in(browser, server, database):
    """:return: a page of a person's session in that database"""
    page = browser.new_context(
        viewport=SIZE, locale="pt-BR", timezone_id="America/Sao_Paulo"
    ).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}/web/login?db={database}")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    return page


def take(page, server, path, step):
    """Open a screen and photograph it.

    :param str path: below /odoo/ in the web client
    :param step: what is done there before, given the page, or None
    :return: PNG as bytes
    """
    page.goto(f"{server}/odoo/{path}")
    page.wait_for_selector(".o_action_manager .o_view_controller")
    settle(page)
    if step:
        step(page)
    page.mouse.move(0, SIZE["height"] - 1)
    settle(page)
    return page.screenshot(animations="disabled", caret="hide")


def save(picture, path):
    """Write a picture with few colours, which screens need no more of.

    :param bytes picture: PNG
    :param Path path: where to
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main():
    """Take all pictures, or those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--server", required=True)
    parser.add_argument("--browser", required=True)
    parser.add_argument("--told", required=True)
    parser.add_argument("--empty", required=True)
    parser.add_argument("--records", type=json.loads, required=True)
    wanted = parser.parse_args()
    told = told_pictures(wanted.records)
    empty = {name: (path, None) for name, path in EMPTY.items()}
    unknown = set(wanted.names) - set(told) - set(empty)
    if unknown:
        parser.error(f"no picture is named {', '.join(sorted(unknown))}")
    IMAGES.mkdir(parents=True, exist_ok=True)
    wait_for_server(wanted.server)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=wanted.browser, args=list(CHROMIUM)
        )
        for database, pictures in ((wanted.told, told), (wanted.empty, empty)):
            chosen = {
                name: screen
                for name, screen in pictures.items()
                if not wanted.names or name in wanted.names
            }
            if not chosen:
                continue
            page = log_in(browser, wanted.server, database)
            for name, (path, step) in chosen.items():
                path_in_docs = IMAGES / f"{name}.png"
                save(take(page, wanted.server, path, step), path_in_docs)
                print(path_in_docs, path_in_docs.stat().st_size // 1024, "kB")
        browser.close()


if __name__ == "__main__":
    main()
