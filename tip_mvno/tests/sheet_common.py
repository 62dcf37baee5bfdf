# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Spreadsheets for tests, also such as no program writes."""

import io
import zipfile

import openpyxl

SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def workbook(*rows):
    """:return: bytes of an XLSX file with these rows"""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(content, name, change):
    """:param bytes content: of a workbook
    :param str name: of one of its parts
    :param change: from that part's text to another
    :return: bytes of a workbook in which the part says something else
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            text = source.read(part)
            if part == name:
                text = change(text.decode()).encode()
            target.writestr(part, text)
    return buffer.getvalue()


def with_more(content, more, before="</sheetData>", name=SHEET):
    """:return: bytes of a workbook with more in it, before a tag of one of its parts"""
    return changed(content, name, lambda part: part.replace(before, more + before))
