"""What prints and sends invoices in this environment: Odoo's PDF tools must do."""

import io
import unittest

from reportlab.pdfgen import canvas

from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter, merge_pdf


def pages(count):
    """:return: bytes of a PDF with so many pages"""
    written = io.BytesIO()
    drawn = canvas.Canvas(written)
    for number in range(count):
        drawn.drawString(72, 720, f"page {number}")
        drawn.showPage()
    drawn.save()
    return written.getvalue()


class TestPdf(unittest.TestCase):
    def test_a_file_is_put_into_an_invoice_s_pdf(self):
        """Sending an invoice copies its PDF like this, with an XML file or not."""
        writer = OdooPdfFileWriter()
        writer.cloneReaderDocumentRoot(OdooPdfFileReader(io.BytesIO(pages(2))))
        writer.addAttachment("a.xml", b"<a/>", subtype="text/xml")
        written = io.BytesIO()
        writer.write(written)
        reader = OdooPdfFileReader(io.BytesIO(written.getvalue()))
        names = [name for name, _content in reader.getAttachments()]
        self.assertEqual(names, ["a.xml"])

    def test_several_records_are_one_file(self):
        merged = OdooPdfFileReader(io.BytesIO(merge_pdf([pages(1), pages(2)])))
        self.assertEqual(merged.getNumPages(), 3)
