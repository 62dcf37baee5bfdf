# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the values of selection fields are called, in the reader's language."""


def labels_of(model, name):
    """:param model: records, maybe none, of the model
    :param str name: of its selection field
    :return: dict {value: label}"""
    return dict(model._fields[name]._description_selection(model.env))


def label_of(record, name):
    """:param record: one record
    :param str name: of its selection field
    :return: the label of the record's value; "" where it has none"""
    record.ensure_one()
    return labels_of(record, name).get(record[name], "")
