# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values of selections as people read them."""


def selection_label(model, name, value):
    """:param model: any records of the model
    :param str name: of a selection of it
    :return: str, the value as the reader's language words it"""
    return dict(model._fields[name]._description_selection(model.env))[value]
