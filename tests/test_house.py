"""The rules by which the addons' models are put into rooms, see docs/house.md.

Read from the source alone: no database, no running Odoo.
"""

import ast
import unittest
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
ADDONS = ("tip_mvno", "tip_mvno_billing")
INIT = "__init__.py"
MOST_FILES = 10
# What each room may add to of a model of ours: Odoo calls them for every model.
ORM = {"create", "write", "unlink", "copy", "copy_data", "default_get", "init"}
# How an exception is called where it is caught.
ERRORS = {"error", "exc", "e", "refusal", "str(error)", "repr(error)"}
# A second file of a model in a room has a phase of its own, and a file is no fragment.
SECOND_FILE, SHORTEST_FILE = 150, 40


@dataclass
class ModelClass:
    """A class of a model, as its source says.

    :param room: the folder below ``models``; "" for a dialog
    :param name: its ``_name``, "" where it only extends
    :param inherits: its ``_inherit``
    :param methods: {name of a method: whether it calls ``super()``}
    """

    path: Path
    room: str
    name: str = ""
    inherits: list[str] = field(default_factory=list)
    methods: dict[str, bool] = field(default_factory=dict)

    @property
    def model(self):
        return self.name or self.inherits[0]


def model_classes(path, room):
    """:return: list of :class:`ModelClass` of a file"""
    found = []
    for node in ast.parse(path.read_text()).body:
        model = ModelClass(path, room)
        for part in getattr(node, "body", ()):
            if isinstance(part, ast.FunctionDef):
                model.methods[part.name] = "super(" in ast.unparse(part)
            elif isinstance(part, ast.Assign) and isinstance(node, ast.ClassDef):
                told = part.targets[0].id
                if told == "_name":
                    model.name = ast.literal_eval(part.value)
                elif told == "_inherit":
                    value = ast.literal_eval(part.value)
                    model.inherits = [value] if isinstance(value, str) else value
        if isinstance(node, ast.ClassDef) and (model.name or model.inherits):
            found.append(model)
    return found


def imported_rooms(path):
    """:return: set of the other rooms a room's file imports from"""
    return {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 2
    }


def inheriting_views(path):
    """:return: iterator of (xml id, inherited xml id) of a file's views"""
    for node in ElementTree.parse(path).iter():
        if node.tag == "template" and node.get("inherit_id"):
            yield node.get("id"), node.get("inherit_id")
        elif node.tag == "record" and node.get("model") == "ir.ui.view":
            inherited = node.find("field[@name='inherit_id']")
            if inherited is not None:
                yield node.get("id"), inherited.get("ref")


class House:
    """An addon's source: its rooms from the bottom floor up, and its models."""

    def __init__(self, addon):
        self.path = ROOT / addon
        models = self.path / "models"
        start = ast.parse((models / "__init__.py").read_text()).body
        self.rooms = [node.names[0].name for node in start]
        self.files = {
            room: sorted(set((models / room).rglob("*.py")) - {models / room / INIT})
            for room in self.rooms
        }
        self.outside = {
            path.name for path in models.iterdir() if path.name not in self.rooms
        } - {INIT, "__pycache__"}
        self.classes = [
            model
            for room, paths in self.files.items()
            for path in paths
            for model in model_classes(path, room)
        ]
        self.dialogs = [
            model
            for path in (self.path / "wizards").rglob("*.py")
            for model in model_classes(path, "")
        ]
        # what brings one of our mixins to a model of another addon's is not ours
        self.room_of = {
            model.name: model.room
            for model in self.classes
            if model.name and model.name not in model.inherits
        }

    def floor(self, room):
        return self.rooms.index(room)


class TestHouse(unittest.TestCase):
    """Every rule, of every addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.houses = {addon: House(addon) for addon in ADDONS}

    def _check(self, find):
        """:param find: callable that takes a :class:`House` and gives what breaks a
        rule, as texts"""
        for addon, house in self.houses.items():
            with self.subTest(addon):
                self.assertEqual(list(find(house)), [])

    def test_every_model_is_in_a_room_and_no_room_is_crowded(self):
        def find(house):
            yield from house.outside
            for room, paths in house.files.items():
                if len(paths) > MOST_FILES:
                    yield f"{room} has {len(paths)} files"

        self._check(find)

    def test_imports_go_downward_only(self):
        def find(house):
            for room, paths in house.files.items():
                for path in paths:
                    for other in imported_rooms(path):
                        if house.floor(other) >= house.floor(room):
                            yield f"{room}/{path.name} imports from {other}"

        self._check(find)

    def test_models_are_extended_downward_only(self):
        def find(house):
            for model in house.classes:
                for inherited in model.inherits:
                    room = house.room_of.get(inherited, model.room)
                    if house.floor(room) > house.floor(model.room):
                        yield f"{model.room}/{model.path.name} extends {inherited}"

        self._check(find)

    def test_a_method_of_a_model_is_written_once(self):
        """Across rooms Odoo's and OCA's methods may be extended, each calling the one
        before; our own may not, see the lists they name their parts in."""

        def find(house):
            written = defaultdict(list)
            for model in house.classes + house.dialogs:
                for method, calls_super in model.methods.items():
                    written[model.model, method].append((model.room, calls_super))
            for (model, method), places in written.items():
                rooms = [room for room, _calls_super in places]
                is_ours = model in house.room_of and method not in ORM
                begins_here = not all(calls_super for _room, calls_super in places)
                if len(rooms) > len(set(rooms)) or (
                    len(rooms) > 1 and (is_ours or begins_here)
                ):
                    yield f"{model}.{method} in {rooms}"

        self._check(find)

    def test_a_second_file_of_a_model_has_a_phase_of_its_own(self):
        def find(house):
            files = defaultdict(set)
            for model in house.classes:
                files[model.room, model.model].add(model.path)
            for (room, model), paths in files.items():
                sizes = sorted(len(path.read_text().splitlines()) for path in paths)
                for shorter, _longer in pairwise(sizes):
                    if shorter < SECOND_FILE:
                        yield f"{room}: a file of {model} has {shorter} lines"

        self._check(find)

    def test_no_log_quotes_an_error(self):
        """An error of the database quotes the row it refused, and so do its tracebacks;
        ``tools.bulk.where`` tells the way to it without. A flaw is one of our own words
        for it."""
        quoting = [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for addon in ADDONS
            for path in sorted((ROOT / addon).rglob("*.py"))
            if "tests" not in path.parts
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call)
            and ast.unparse(call.func).startswith("_logger.")
            and (
                call.func.attr == "exception"
                or any(keyword.arg == "exc_info" for keyword in call.keywords)
                or any(ast.unparse(value) in ERRORS for value in call.args)
            )
        ]
        self.assertEqual(quoting, [])

    def test_no_file_is_a_fragment(self):
        """A short one is a model of its own, or what a subject adds to a model of
        another room or addon."""

        def find(house):
            for room, paths in house.files.items():
                for path in paths:
                    models = model_classes(path, room)
                    is_whole = any(model.name for model in models)
                    is_glue = models and all(
                        house.room_of.get(model.model) != room for model in models
                    )
                    size = len(path.read_text().splitlines())
                    if size < SHORTEST_FILE and not (is_whole or is_glue):
                        yield f"{room}/{path.name} has {size} lines"

        self._check(find)

    def test_no_view_inherits_another_of_its_addon(self):
        """What a person sees of a model is read in one place."""

        def find(house):
            for path in sorted(house.path.rglob("*.xml")):
                for view, inherited in inheriting_views(path):
                    addon, _dot, _name = inherited.rpartition(".")
                    if addon in ("", house.path.name):
                        yield f"{path.name}: {view} inherits {inherited}"

        self._check(find)
