"""Who and what the platform knows before anybody calls: made from the seed."""

from datetime import datetime, timedelta
from random import Random

from .domain import Plan, Sim, SimStatus, Subscriber
from .identifiers import complete_cnpj, complete_cpf, make_iccid
from .world import World

# IBGE code -> city and DDD, of the cities the invented subscribers live in.
CITIES: dict[str, tuple[str, str]] = {
    "3550308": ("São Paulo", "11"),
    "3304557": ("Rio de Janeiro", "21"),
    "3106200": ("Belo Horizonte", "31"),
    "4106902": ("Curitiba", "41"),
    "4205407": ("Florianópolis", "48"),
    "4314902": ("Porto Alegre", "51"),
    "5300108": ("Brasília", "61"),
    "5208707": ("Goiânia", "62"),
    "2927408": ("Salvador", "71"),
    "2611606": ("Recife", "81"),
    "2304400": ("Fortaleza", "85"),
    "1302603": ("Manaus", "92"),
}
PLANS = (
    Plan("101", "5GB + 3GB portab", "Rede Azul", 8_192, 500, 100),
    Plan("102", "10GB + 5GB portab", "Rede Azul", 15_360, 1_000, 100),
    Plan("103", "20GB", "Rede Verde", 20_480, 2_000),
    Plan("0104", "40GB Empresas", "Rede Verde", 40_960, 5_000, 1_000),
    Plan("205", "Voz 200 min", "Rede Azul", voice_minutes=200),
    Plan("206", "M2M 50MB", "Rede Verde"),
)
OPERATORS = ("Rede Azul", "Rede Verde")
SUBSCRIBERS = 12


def _subscriber(place: int, draw: Random) -> Subscriber:
    """One of the twelve: eight people, four companies, one with a lettered CNPJ."""
    if place <= 8:
        cpf = complete_cpf(f"{draw.randint(100_000_000, 999_999_999)}")
        return Subscriber("F", cpf, f"Assinante Fictício {place:02d}")
    base = f"{draw.randint(10_000_000, 99_999_999)}0001"
    if place == SUBSCRIBERS:
        base = "FICTICIA0001"
    name = f"Empresa Fictícia {place:02d}"
    return Subscriber("J", complete_cnpj(base), f"{name} Ltda", name)


def add_sims(
    world: World, count: int, *, esim: bool | None = None, operator: str | None = None
) -> list[Sim]:
    """Put available SIMs into the stock.

    :param esim: left out, one in ten is
    :param operator: left out, one in seven is of the second network
    """
    first = len(world.sims)
    stocked_on = world.today() - timedelta(days=60)
    added = []
    for serial in range(first, first + count):
        # One in five has the shorter form of an ICCID.
        iccid = make_iccid(world.seed * 10_000_000 + serial, 19 + bool(serial % 5))
        sim = Sim(
            iccid,
            stocked_on,
            esim=serial % 10 == 3 if esim is None else esim,
            operator=operator or OPERATORS[serial % 7 == 5],
        )
        world.sims[iccid] = sim
        added.append(sim)
    return added


def _open_lines(world: World, sims: list[Sim], holders: list[Subscriber]) -> None:
    """Give each SIM a line that began some months ago, holders taking turns."""
    draw = Random(f"{world.seed}/lines")
    cities = list(CITIES.values())
    # Two plans have no whole allowance: for what the catalogue shows, not for lines.
    plans = list(world.plans.values())[:4]
    now = world.clock.now()
    for place, sim in enumerate(sims):
        city, area_code = cities[place % len(cities)]
        began = now - timedelta(days=draw.randint(130, 420), seconds=place)
        world.open_contract(
            sim,
            holders[place % len(holders)],
            plans[place % len(plans)],
            area_code,
            city=city,
            activated_at=began,
        )


def add_lines(world: World, count: int) -> list[Sim]:
    """Add active lines for a load, with a subscriber for every four of them."""
    sims = add_sims(world, count)
    holders = []
    for place in range(max(1, count // 4)):
        cpf = complete_cpf(f"{200_000_000 + world.seed * 1_000_000 + place}")
        holders.append(Subscriber("F", cpf, f"Assinante Fictício {place + 100:05d}"))
    _open_lines(world, sims, holders)
    return sims


def populate(world: World, sims: int, lines: int = 0) -> None:
    """Fill an empty platform.

    Of the stock about 15 % is in use (24 at most), 4 % blocked (6 at most), 6 %
    cancelled and the rest available. One line began, and one ended, in the middle of
    the month before the clock's.

    :param sims: SIMs in the stock
    :param lines: further SIMs with an active line each, for a load
    """
    world.plans = {plan.code: plan for plan in PLANS}
    draw = Random(f"{world.seed}/subscribers")
    holders = [_subscriber(place, draw) for place in range(1, SUBSCRIBERS + 1)]
    stock = add_sims(world, sims)
    draw.shuffle(stock)
    in_use, blocked = min(24, sims * 15 // 100), min(6, sims * 4 // 100)
    cancelled = sims * 6 // 100
    living = stock[: in_use + blocked]
    ended = stock[in_use + blocked :][:cancelled]
    # More than a few cancelled SIMs never had a line: returned or damaged stock.
    ended_lines = ended[:4]
    _open_lines(world, living + ended_lines, holders)
    for place, sim in enumerate(living[in_use:]):
        sim.status = (SimStatus.BLOCKED_PARTIAL, SimStatus.BLOCKED_TOTAL)[place % 2]
        if sim.contract:
            sim.contract.block_reason = 4
    for sim in ended:
        sim.status = SimStatus.CANCELLED
    this_month = world.clock.now().replace(day=1, hour=0, minute=0, second=0)
    middle = (this_month - timedelta(days=1)).replace(day=15, hour=12)
    _date_specials(living, ended_lines, middle, this_month)
    if lines:
        add_lines(world, lines)


def _date_specials(
    living: list[Sim], ended: list[Sim], middle: datetime, this_month: datetime
) -> None:
    """Let one line begin and one end mid-month, the other ended ones long before."""
    if len(living) > 1 and living[1].contract:
        living[1].contract.activated_at = middle
    for place, sim in enumerate(ended):
        if sim.contract:
            long_ago = this_month - timedelta(days=40 + place)
            sim.contract.cancelled_at = long_ago if place else middle
