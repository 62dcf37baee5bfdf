"""Operations that change a line: each checked first, then done, then journalled."""

from .dialect import Row, Speaker
from .domain import Sim, SimStatus, Subscriber
from .forms import (
    Activation,
    read_activation,
    read_plan_code,
    read_quantity,
    read_reason,
)
from .identifiers import AREA_CODES, is_document, is_mobile
from .messages import Request
from .population import CITIES
from .refusals import Refusal
from .world import World


def _check_activation(world: World, sim: Sim, asked: Activation) -> None:
    if sim.status is SimStatus.CANCELLED:
        raise Refusal("sim_cancelled")
    if sim.status is not SimStatus.AVAILABLE:
        raise Refusal("sim_in_use")
    world.plan_of(asked.plan_code)
    if not is_document(asked.document_number, asked.person_type):
        raise Refusal("document_invalid")
    if asked.area_code not in AREA_CODES:
        raise Refusal("area_code_invalid")
    if not asked.portability:
        return
    if not is_mobile(asked.ported_number):
        raise Refusal("port_number_invalid")
    if not asked.ported_number.startswith(asked.area_code):
        raise Refusal("port_area_code")
    holder = world.contract_by_number.get(asked.ported_number)
    if holder and not holder.cancelled_at:
        raise Refusal("port_number_taken")


def activate(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{iccid}/ativar"""
    sim = world.sim_of_iccid(request.ident)
    asked = read_activation(request.body)
    _check_activation(world, sim, asked)
    subscriber = world.subscribers.get(asked.document_number) or Subscriber(
        asked.person_type, asked.document_number, asked.person_name
    )
    contract = world.open_contract(
        sim,
        subscriber,
        world.plan_of(asked.plan_code),
        asked.area_code,
        city=CITIES.get(asked.city_code, (asked.city_code,))[0],
        ported_number=asked.ported_number,
    )
    world.note_effect(
        "activate",
        sim,
        contract=contract.code,
        number=contract.number,
        plan=contract.plan.code,
        document=subscriber.document,
        ported_number=asked.ported_number,
    )
    fields: Row = {}
    # Rolled for the SIM, not the call: activations may come in any order.
    if world.rolled("untold", sim) < world.options.untold_numbers:
        world.withhold_number(contract, world.options.untold_reads)
    else:
        fields = {"numero": contract.number, "numero_contrato": contract.code}
    text = "Ativação realizada com sucesso."
    if asked.portability:
        text = "Ativação realizada. Portabilidade solicitada."
    return say.success(text, **fields)


def block_partial(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{id}/bloquear/parcial"""
    return _block(world, request, say, SimStatus.BLOCKED_PARTIAL)


def block_total(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{id}/bloquear/total"""
    return _block(world, request, say, SimStatus.BLOCKED_TOTAL)


def _block(world: World, request: Request, say: Speaker, level: SimStatus) -> Row:
    """Block a line; a partial block may be made total, nothing else over a block."""
    sim = world.sim_of(request.ident)
    total = level is SimStatus.BLOCKED_TOTAL
    reason = read_reason(request.body, required=total)
    contract = world.line_of(sim)
    raised = total and sim.status is SimStatus.BLOCKED_PARTIAL
    if sim.status.is_blocked and (world.options.strict_blocks or not raised):
        raise Refusal("line_blocked_already")
    sim.status, contract.block_reason = level, reason
    world.note_effect("block_total" if total else "block_partial", sim, reason=reason)
    return say.success("Bloqueio realizado com sucesso.")


def unblock(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{id}/desbloquear"""
    sim = world.sim_of(request.ident)
    contract = world.line_of(sim)
    if not sim.status.is_blocked:
        raise Refusal("line_not_blocked")
    sim.status, contract.block_reason = SimStatus.IN_USE, None
    world.note_effect("unblock", sim)
    return say.success("Desbloqueio realizado com sucesso.")


def change_plan(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{iccid}/plano/alterar"""
    sim = world.sim_of_iccid(request.ident)
    code = read_plan_code(request.body)
    contract = world.line_of(sim)
    if sim.status.is_blocked:
        raise Refusal("line_not_active")
    plan = world.plan_of(code)
    if plan is contract.plan:
        raise Refusal("plan_same")
    before, contract.plan = contract.plan, plan
    world.note_effect("change_plan", sim, plan=plan.code, before=before.code)
    return say.success("Plano alterado com sucesso.")


def cancel(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{iccid}/cancelar"""
    sim = world.sim_of_iccid(request.ident)
    contract = world.line_of(sim)
    world.close_contract(sim, contract)
    world.note_effect("cancel", sim, contract=contract.code)
    return say.success("Linha cancelada com sucesso.")


def top_up(world: World, request: Request, say: Speaker) -> Row:
    """POST /simcard/{id}/saldo/adicionar"""
    sim = world.sim_of(request.ident)
    quantity = read_quantity(request.body)
    contract = world.line_of(sim)
    if sim.status.is_blocked:
        raise Refusal("line_not_active")
    contract.top_up_gb += quantity
    contract.last_top_up = world.today()
    world.note_effect("top_up", sim, quantity=quantity)
    return say.success("Saldo adicionado com sucesso.")
