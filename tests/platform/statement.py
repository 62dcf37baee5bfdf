"""Usage of a month: in total (consolidado) and event by event (detalhado)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from .dialect import Listing, Row, Speaker
from .domain import Contract
from .forms import UsageFilter, read_usage_filter
from .messages import Request
from .reads import contract_status, sim_status
from .usage import UsageEvent, existed_in, line_events
from .world import World


def _lines(world: World, asked: UsageFilter) -> list[Contract]:
    """The lines of the month that pass the filter; none of a month to come."""
    if asked.month > world.today():
        return []
    return [
        contract
        for contract in world.contracts.values()
        if existed_in(contract, asked.month)
        and asked.document in ("", contract.subscriber.document)
        and asked.contract_code in ("", contract.code)
        and asked.number in ("", contract.number)
    ]


def _events(world: World, contract: Contract, month: date) -> list[UsageEvent]:
    return line_events(
        world.seed, contract, month, world.clock.now(), world.options.events_per_line
    )


def _common(world: World, say: Speaker, contract: Contract, month: date) -> Row:
    sim = world.sims[contract.iccid]
    return say.row(
        {
            "contrato_status": say.status(contract_status(world, contract)),
            "simcard_status": say.status(sim_status(world, sim)),
            "cliente_nome": contract.subscriber.name,
        },
        periodo=f"{month:%Y-%m}",
        id_plano=say.code(contract.plan.code),
        plano=contract.plan.description,
        linha=contract.number,
        numero_contrato=contract.code,
    )


def usage(world: World, request: Request, say: Speaker) -> Listing:
    """POST /consumo-consolidado"""
    asked = read_usage_filter(request.body)
    lines = _lines(world, asked)
    return say.listing(_totals(world, say, lines, asked.month))


def _totals(
    world: World, say: Speaker, lines: Iterable[Contract], month: date
) -> Iterator[Row]:
    for contract in lines:
        events = _events(world, contract, month)
        row = _common(world, say, contract, month)
        row["consumo_sms"] = say.integer(sum(e.kind == "sms" for e in events))
        row["consumo_dados"] = say.decimal(sum(e.upload + e.download for e in events))
        row["consumo_segundos"] = say.integer(sum(e.seconds for e in events))
        row["consumo_minutos"] = say.decimal(sum(e.minutes for e in events))
        yield row


def statement(world: World, request: Request, say: Speaker) -> Listing:
    """POST /consumo-detalhado"""
    asked = read_usage_filter(request.body)
    lines = _lines(world, asked)
    if world.options.shuffle:
        say.draw.shuffle(lines)
    return say.listing(_details(world, say, lines, asked.month))


def _details(
    world: World, say: Speaker, lines: Iterable[Contract], month: date
) -> Iterator[Row]:
    for contract in lines:
        events = _events(world, contract, month)
        if world.options.shuffle:
            say.draw.shuffle(events)
        row = _common(world, say, contract, month)
        row["iccid"] = contract.iccid
        row["cliente_cnpj_cpf"] = contract.subscriber.document
        row |= {"telefonia": [], "sms": [], "internet": []}
        for event in events:
            name, entry = _entry(say, event)
            row[name].append(entry)
        yield row


def _entry(say: Speaker, event: UsageEvent) -> tuple[str, Any]:
    moment = say.moment(event.started_at)
    if event.kind == "voice":
        return "telefonia", {
            "data": moment,
            "consumo_segundos": say.integer(event.seconds),
            "consumo_minutos": say.decimal(event.minutes),
        }
    if event.kind == "sms":
        return "sms", {"data": moment} if say.chance(0.5) else moment
    return "internet", {
        "data": moment,
        "consumo_upload": say.decimal(event.upload),
        "consumo_download": say.decimal(event.download),
        "consumo": say.decimal(event.upload + event.download),
    }
