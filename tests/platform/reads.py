"""Operations that only tell: plans, stock, one SIM, subscribers, port-in, top-up."""

from .dialect import Listing, Row, Speaker
from .domain import Contract, Sim, SimStatus, Subscriber
from .forms import read_page
from .messages import Request
from .port_in import PortInStatus
from .refusals import NotFound
from .usage import TICKS, line_events
from .world import World

# Status filter of the stock: 1 available, 2 cancelled, 3 in use (blocked lines too).
_FILTERS = {"1": SimStatus.AVAILABLE, "2": SimStatus.CANCELLED}


def sim_status(world: World, sim: Sim) -> str:
    """:return: a SIM's status as the platform words it"""
    if sim.status.is_blocked and not world.options.tell_blocks_apart:
        return "BLOQUEADO"
    return {
        SimStatus.AVAILABLE: "DISPONÍVEL",
        SimStatus.IN_USE: "EM USO",
        SimStatus.BLOCKED_PARTIAL: "BLOQUEADO PARCIAL",
        SimStatus.BLOCKED_TOTAL: "BLOQUEADO TOTAL",
        SimStatus.CANCELLED: "CANCELADO",
    }[sim.status]


def contract_status(world: World, contract: Contract) -> str:
    """:return: a contract's status as the platform words it"""
    if contract.cancelled_at:
        return "CANCELADO"
    sim = world.sims[contract.iccid]
    return "BLOQUEADO" if sim.status.is_blocked else "ATIVO"


def plans(world: World, request: Request, say: Speaker) -> Listing:
    """GET /planos"""
    rows = []
    for plan in world.plans.values():
        quantities = {
            "dados": plan.data_mb,
            "sms": plan.sms,
            "telefonia": plan.voice_minutes,
        }
        told = {
            name: say.integer(quantity)
            for name, quantity in quantities.items()
            if quantity is not None
        }
        row = say.row(
            id=say.code(plan.code), description=plan.description, rede=plan.network
        )
        if told:
            row["quantity"] = told
        rows.append(row)
    return say.listing(rows)


def stock(world: World, request: Request, say: Speaker) -> Listing:
    """GET /estoque/listar"""
    page, per_page, status = read_page(request.query)
    sims = list(world.sims.values())
    if status == "3":
        sims = [sim for sim in sims if sim.status.has_line]
    elif status:
        sims = [sim for sim in sims if sim.status is _FILTERS[status]]
    rows = []
    for sim in sims[(page - 1) * per_page : page * per_page]:
        row = say.row(
            {"operadora": sim.operator},
            data=sim.stocked_on.isoformat(),
            sim_card=sim.iccid,
            status=say.status(sim_status(world, sim)),
        )
        # A plain SIM often says nothing about eSIM; an eSIM always says so.
        if sim.esim or not say.chance(0.5):
            row["eSim"] = say.flag(sim.esim)
        rows.append(row)
    return say.listing(rows)


def simcard(world: World, request: Request, say: Speaker) -> Row:
    """GET /estoque/{iccid}"""
    sim = world.sim_of_iccid(request.ident)
    row: Row = {"status": say.status(sim_status(world, sim))}
    contract = sim.contract
    if contract is None or sim.status is SimStatus.AVAILABLE:
        if say.chance(0.5):
            empty = "cpf nome numero cidade data_ativacao plano numero_contrato"
            row.update(dict.fromkeys(empty.split()))
        return say.single({**row, **say.row()})
    row.update(
        cpf=contract.subscriber.document,
        nome=contract.subscriber.name,
        data_ativacao=say.moment(contract.activated_at),
        plano=contract.plan.description,
        numero_contrato=contract.code,
    )
    if world.is_told(contract):
        row["numero"] = contract.number
    else:
        contract.untold_reads -= 1
        row["numero"] = say.draw.choice((None, ""))
    return say.single(row | say.row({"cidade": contract.city}))


def _subscriber(
    world: World, say: Speaker, holder: Subscriber, contracts: list[Contract]
) -> Row:
    lines = [
        say.row(
            status=say.status(contract_status(world, contract)),
            sim_card=contract.iccid,
            numero_contrato=contract.code,
            linha_contrato=contract.number if world.is_told(contract) else None,
            plano=contract.plan.description,
        )
        for contract in contracts
    ]
    row = say.row(
        tipo_pessoa=holder.person_type, cpf_cnpj=holder.document, contratos=lines
    )
    if holder.person_type == "F":
        row["nome"] = holder.name
    else:
        row["razao_social"] = holder.name
        row |= say.row({"nome_fantasia": holder.trade_name or holder.name})
    return row


def subscribers(world: World, request: Request, say: Speaker) -> Listing:
    """GET /assinantes/listar"""
    document = request.query.get("cpf_cnpj", "")
    contracts_of: dict[str, list[Contract]] = {}
    for contract in list(world.contracts.values()):
        contracts_of.setdefault(contract.subscriber.document, []).append(contract)
    return say.listing(
        _subscriber(world, say, holder, contracts_of.get(holder.document, []))
        for holder in list(world.subscribers.values())
        if document in ("", holder.document)
    )


def port_in(world: World, request: Request, say: Speaker) -> Row:
    """GET /portabilidade/status/{id}"""
    sim = world.sim_of(request.ident)
    contract = sim.contract
    if contract is None or sim.status is SimStatus.AVAILABLE:
        raise NotFound()
    chip_status = say.status(sim_status(world, sim))
    asked = contract.port_in
    if asked is None:
        return say.success(
            "Não há portabilidade para esta linha.",
            status=chip_status,
            simcard=sim.iccid,
        )
    answer = say.success(
        asked.reason or "Consulta realizada com sucesso.",
        {"chip_status": chip_status},
        status=say.status(asked.status),
        simcard=sim.iccid,
    )
    if asked.window:
        answer["janela"] = say.moment(asked.window)
    if asked.reason:
        answer["erro_info"] = asked.reason
    elif asked.status is not PortInStatus.DONE and say.chance(0.5):
        answer["erro_info"] = None
    return answer


def last_top_up(world: World, request: Request, say: Speaker) -> Row:
    """GET /simcard/{iccid}/ultima-recarga"""
    contract = world.line_of(world.sim_of_iccid(request.ident))
    moment = contract.last_top_up
    return say.success(
        "Consulta realizada com sucesso.",
        ultima_recarga=moment.isoformat() if moment else None,
    )


def balance(world: World, request: Request, say: Speaker) -> Row:
    """POST /saldo/{id}/dados: in GB, what plan and top-ups leave of this month"""
    contract = world.line_of(world.sim_of(request.ident))
    now = world.clock.now()
    events = line_events(
        world.seed, contract, now.date(), now, world.options.events_per_line
    )
    used = sum(event.upload + event.download for event in events)
    allowance = (contract.plan.data_mb or 0) + contract.top_up_gb * 1024
    left = max(0, allowance * TICKS - used) // 1024
    return say.success("Consulta realizada com sucesso.", balance=say.decimal(left))
