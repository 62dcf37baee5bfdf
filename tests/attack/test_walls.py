"""Company B's people against company A's ids: nothing told, nothing changed; and what
each person may do at home."""

from functools import partial

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .rights import method_rights
from .two_companies import (
    ADDON_NAMES,
    MARKED,
    SHORTEST_MARK,
    TODAY,
    TwoCompaniesCase,
    first_choice,
    is_table,
    our_methods,
    our_models,
)

# Whatever is asked for A's ids, nothing is found.
SEARCHES = {
    "search": lambda rows: rows.search([("id", "in", rows.ids)]).ids,
    "name_search": lambda rows: rows.name_search("", [("id", "in", rows.ids)]),
    "read_group": lambda rows: rows._read_group([("id", "in", rows.ids)], ["id"]),
}
# What is refused.
DOORS = {
    "read": lambda rows: rows.read(),
    "web_read": lambda rows: rows.web_read({"display_name": {}}),
    "write": lambda rows: rows.write(dict.fromkeys(plain_fields(rows)[:1])),
    "unlink": lambda rows: rows.unlink(),
    "copy": lambda rows: rows.copy(),
}
# Dialogs that only the system opens, in its user's name.
OPENED_BY_SYSTEM = ("mvno.invoice.copy",)
# Whence a dialog takes what it is about.
OPENED_FROM = ("mvno.line", "mvno.simcard", "mvno.drift", "mvno.adoption")
# What refers to records in its form, too, may not tell of them.
WALLED = ("contract.line", "mvno.line", "mvno.portability")
# Whose rows must stay as they are, beside our own.
TABLES = (
    "account_move",
    "account_move_line",
    "contract_contract",
    "contract_line",
    "contract_modification",
    "ir_attachment",
    "mail_activity",
    "mail_mail",
    "mail_message",
    "product_product",
    "product_template",
    "res_partner",
)


def plain_fields(model):
    """:return: sorted names of a model's fields of text that a form may write"""
    return sorted(
        name
        for name, field in model._fields.items()
        if field.type in ("char", "text") and field.store and not field.readonly
    )


class TestWalls(TwoCompaniesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env["res.company"].create({"name": "Outro Provedor"})
        cls.people = cls.make_people(company)
        cls.own = cls._make_own(company)
        cls.env.flush_all()
        cls.tables = [
            cls.env[name]._table
            for name in our_models(cls.registry)
            # calls are counted for whoever makes them
            if is_table(cls.env[name])
            and cls.env[name]._auto
            and name != "mvno.rate.limit"
        ]
        cls.tables += TABLES
        cls.newest = {
            table: cls.env.execute_query(
                SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
            )[0][0]
            for table in cls.tables
        }
        cls.marks = cls._marks()

    def setUp(self):
        super().setUp()
        # who reads from the cache passes no door
        self.env.invalidate_all()
        self.simulated.reset_log()

    @classmethod
    def _make_own(cls, company):
        """:return: {model: record} of company B, to point at A's records"""
        platform = cls._make(
            "mvno.platform",
            name="Plataforma de B",
            base_url="http://127.0.0.1:9/api/public",
            user_token="token-of-b",
            company_id=company.id,
        )
        plan = cls._make(
            "mvno.plan", platform_id=platform.id, code="B1", name="Plano de B"
        )
        template = cls._make(
            "product.template",
            name="Produto de B",
            is_telephony=True,
            mvno_platform_id=platform.id,
            mvno_plan_id=plan.id,
        )
        partner = cls._make("res.partner", name="Cliente de B", company_id=company.id)
        contract = cls._make(
            "contract.contract",
            name="Contrato de B",
            company_id=company.id,
            partner_id=partner.id,
            contract_line_ids=[
                Command.create({"product_id": template.product_variant_id.id})
            ],
        )
        simcard = cls._make(
            "mvno.simcard",
            platform_id=platform.id,
            iccid="8955000000000000001",
            state="available",
        )
        line = cls._make(
            "mvno.line",
            platform_id=platform.id,
            partner_id=partner.id,
            simcard_id=simcard.id,
            area_code="11",
        )
        contract.contract_line_ids.mvno_line_id = line
        port_in = cls._make(
            "mvno.portability", line_id=line.id, number="+5511912340003"
        )
        return {
            "mvno.platform": platform,
            "product.template": template,
            "res.partner": partner,
            "contract.contract": contract,
            "contract.line": contract.contract_line_ids,
            "mvno.line": line,
            "mvno.portability": port_in,
        }

    @classmethod
    def _marks(cls):
        """:return: set of texts by which an answer about A is known"""
        values = {
            value
            for model, names in MARKED.items()
            for row in cls.rows[model]
            for value in map(row.__getitem__, names)
            if value
        }
        prices = set(cls.story.plans.mapped("list_price"))
        own = repr([record.sudo().read() for record in cls.own.values()])
        marks = {value for value in values if len(value) >= SHORTEST_MARK}
        return {mark for mark in marks | set(map(str, prices)) if mark not in own}

    # === WHAT CAME OF IT === #

    def _state(self):
        """:return: {table: (digest of the rows there were, new rows of company A)}"""
        self.env.flush_all()
        theirs = self.story.platform.company_id
        own = self.own["mvno.platform"].company_id
        parts = []
        for table in self.tables:
            columns = self.env.execute_query(
                SQL(
                    "SELECT 1 FROM information_schema.columns "
                    "WHERE table_name = %s AND column_name = 'company_id'",
                    table,
                )
            )
            company = SQL("kept.company_id" if columns else "NULL::integer")
            parts.append(
                SQL(
                    """
                    SELECT %(table)s,
                           md5(string_agg(kept::text, ',' ORDER BY kept.id)
                               FILTER (WHERE kept.id <= %(newest)s
                                         AND %(company)s IS DISTINCT FROM %(own)s)),
                           count(*) FILTER (WHERE kept.id > %(newest)s
                                              AND %(company)s = %(theirs)s)
                      FROM %(from)s AS kept
                    """,
                    table=table,
                    newest=self.newest[table],
                    company=company,
                    own=own.id,
                    theirs=theirs.id,
                    **{"from": SQL.identifier(table)},
                )
            )
        found = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        return {table: told for table, *told in found}

    def _told(self, what):
        """:return: set of A's texts in an answer or a refusal"""
        text = str(what) if isinstance(what, Exception) else repr(what)
        return {mark for mark in self.marks if mark in text}

    def _answer(self, call, *args):
        """:return: (answer of a call or its refusal, whether it was refused)"""
        with self.clicked() as refusals:
            answer = call(*args)
        return (refusals[0], True) if refusals else (answer, False)

    def _each_role(self, attack):
        """Let each of B's people attack; what A has stays, and nobody is called.

        :param attack: callable; gets an environment, gives sentences about what it
            came to know
        """
        before = self._state()
        for role, user in self.people.items():
            with self.subTest(role):
                self.assertEqual(list(attack(self.as_user(user))), [])
                after = self._state()
                self.assertEqual(
                    {table for table in after if after[table] != before[table]}, set()
                )
                self.assertEqual(
                    [call.operation for call in self.simulated.requests], []
                )

    # === ATTACKS === #

    def test_there_is_a_row_of_every_model(self):
        self.assertEqual([name for name, rows in self.rows.items() if not rows], [])

    def test_records_are_neither_found_nor_read_nor_written(self):
        def attack(env):
            for name, rows in self.rows.items():
                theirs = rows[:1].with_env(env)
                for door, call in SEARCHES.items():
                    answer, is_refused = self._answer(call, theirs)
                    if answer and not is_refused or self._told(answer):
                        yield f"{name}.{door}: {answer!r:.200}"
                for door, call in DOORS.items():
                    answer, is_refused = self._answer(call, theirs)
                    if not is_refused or self._told(answer):
                        yield f"{name}.{door}: {answer!r:.200}"

        self._each_role(attack)

    def test_no_method_tells_or_does_anything(self):
        def attack(env):
            for name, rows in self.rows.items():
                for method in our_methods(self.registry, name):
                    call = getattr(rows[:1].with_env(env), method)
                    answer, _is_refused = self._answer(call)
                    if told := self._told(answer):
                        yield f"{name}.{method} tells {told}"

        self._each_role(attack)

    # === DIALOGS === #

    def _dialogs(self):
        return [
            self.env[name]
            for name in our_models(self.registry)
            if self.env[name]._transient
        ]

    def _scalars(self, model):
        """:return: dict, a value for each field that a dialog needs"""
        values = {}
        for name, field in model._fields.items():
            if field.required and field.store and not field.relational:
                if field.type == "selection":
                    values[name] = first_choice(model, name)
                elif field.type == "date":
                    values[name] = TODAY
                elif field.type in ("char", "text"):
                    values[name] = "x"
        return values

    def _references(self, model):
        """:return: {name of a field: value that points at a record of A}"""
        found = {}
        for name, field in model._fields.items():
            rows = self.rows.get(field.comodel_name) if field.relational else None
            if not rows or not field.store or field.related or name == "create_uid":
                continue
            if field.type == "many2one":
                found[name] = rows[:1].id
            elif field.type == "many2many":
                found[name] = [Command.set(rows[:1].ids)]
        return found

    def _spec(self, model):
        """:return: all fields, as a form asks for them"""
        names = {"fields": {"display_name": {}}}
        return {
            name: dict(names) if field.relational else {}
            for name, field in model._fields.items()
            if not field.groups
        }

    def _open_and_press(self, dialogs, values):
        """:return: list, everything that a dialog and its buttons answer"""
        dialog = dialogs.create({**self._scalars(dialogs), **values})
        answers = [dialog.read(), dialog.web_read(self._spec(dialogs))]
        for method in our_methods(self.registry, dialogs._name):
            answers.append(self._answer(getattr(dialog, method)))
        return answers

    def _openings(self, dialogs):
        """:return: iterator of (how a dialog is opened on A's records, callable)"""
        references, spec = self._references(dialogs), self._spec(dialogs)
        one_by_one = [{name: value} for name, value in references.items()]
        for values in [*one_by_one, references]:
            names = list(values)
            yield f"made with {names}", partial(self._open_and_press, dialogs, values)
            yield f"changed in {names}", partial(dialogs.onchange, values, names, spec)
        defaults = {f"default_{name}": value for name, value in references.items()}
        opened_from = [
            {
                "active_model": name,
                "active_id": self.rows[name][:1].id,
                "active_ids": self.rows[name][:1].ids,
            }
            for name in OPENED_FROM
        ]
        for context in [defaults, *opened_from]:
            opened = dialogs.with_context(**context)
            yield f"opened with {context}", partial(opened.onchange, {}, [], spec)

    def test_no_dialog_takes_another_companys_record(self):
        def attack(env):
            for model in self._dialogs():
                for how, call in self._openings(env[model._name]):
                    answer, _is_refused = self._answer(call)
                    if told := self._told(answer):
                        yield f"{model._name} {how} tells {told}"

        self._each_role(attack)

    def test_a_dialog_is_for_whoever_opened_it(self):
        company = self.story.platform.company_id
        strangers = self.people["manager"], self.make_people(company)["manager"]
        for model in self._dialogs():
            with self.subTest(model._name):
                dialog = self._make_dialog(model, self._references(model))
                for user in strangers:
                    theirs = dialog.with_env(self.as_user(user))
                    for door in ("read", "write", "unlink"):
                        _answer, is_refused = self._answer(DOORS[door], theirs)
                        self.assertTrue(is_refused, f"{user.login} {door}")
                    found, is_refused = self._answer(SEARCHES["search"], theirs)
                    self.assertTrue(is_refused or not found, user.login)

    def test_an_onchange_reserves_no_card_of_another_company(self):
        simcard = self.rows["mvno.simcard"].filtered(
            lambda card: card.state == "available"
        )[:1]
        env = self.as_user(self.people["attendant"])
        rows, dialogs = env["mvno.subscribe.line"], env["mvno.subscribe"]
        row = {"simcard_id": simcard.id}
        before = self._state()
        for dialog, values in (
            (rows, row),
            (rows, {"simcard_id": {"id": simcard.id}}),
            (dialogs, {"line_ids": [Command.create(row)]}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                dialog.onchange(values, list(values), {next(iter(values)): {}})
        with self.assertRaises(AccessError):
            simcard.with_env(env)._pick()
        self.assertEqual(self._state(), before)

    def _make_dialog(self, model, values):
        """:return: a dialog with what it needs besides these values"""
        values = {**self._scalars(model), **values}
        for name, field in model._fields.items():
            if not field.required or name in values:
                continue
            if field.type == "many2one_reference":
                values[field.model_field] = "mvno.statement"
                values[name] = self.story.statement.id
            elif field.type == "many2one" and self.env[field.comodel_name]._transient:
                parent = model.env[field.comodel_name]
                values[name] = self._make_dialog(parent, self._references(parent)).id
        return model.create(values)

    # === RECORDS OF ONE'S OWN === #

    def _point_at(self, own, values):
        """:return: list, what a record and a form tell of what they refer to"""
        written, _is_refused = self._answer(lambda: own.write(values) and own.read())
        if own._name not in WALLED:
            return [written]
        spec = {name: {"fields": {"display_name": {}}} for name in values}
        shown, _is_refused = self._answer(own.onchange, values, list(values), spec)
        return [written, shown]

    def _is_ours(self, field):
        """What other addons' models refer to is theirs; a contract line is walled."""
        names = ("mvno.", "contract.line")
        return field.model_name.startswith(names) or field._module in ADDON_NAMES

    def test_a_record_of_ones_own_takes_none_of_another_company(self):
        def attack(env):
            for name, record in self.own.items():
                own = record.with_env(env)
                for field, value in self._references(own).items():
                    if not self._is_ours(own._fields[field]):
                        continue
                    if told := self._told(self._point_at(own, {field: value})):
                        yield f"{name}.{field} tells {told}"

        self._each_role(attack)

    # === AT HOME === #

    def test_each_method_asks_for_its_role(self):
        """Whoever the table does not name is refused, whoever it names is not, though
        the record's state may be."""
        company = self.story.platform.company_id
        people = self.make_people(company)
        people["internal"] = self.make_user("internal", "base.group_user", company)
        for (name, method), roles in method_rights().items():
            refused = {
                role
                for role, user in people.items()
                if self._is_refused(self.as_user(user)[name], method)
            }
            with self.subTest(name, method=method):
                self.assertEqual(people.keys() - refused, roles)

    def _is_refused(self, model, method):
        """Call a method, and take back what it did."""
        self.env.invalidate_all()
        try:
            with self.clicked() as refusals:
                if model._transient:
                    by_system = model._name in OPENED_BY_SYSTEM
                    opened = model.sudo() if by_system else model
                    record = self._make_dialog(opened, self._references(model))
                else:
                    record = self.rows[model._name][:1]
                getattr(record.with_env(model.env), method)()
                raise UserError(model._name)
        except AssertionError:
            # a driver that is let in commits, which no test may
            return False
        return isinstance(refusals[0], AccessError)
