# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""QR codes as pictures, drawn here.

Odoo's own drawing needs a backend of reportlab that not every installation has, and its
address (/report/barcode) holds the text, which servers write into their logs. Finding
the dots takes neither, and Pillow, which Odoo requires, paints them.
"""

import io

from PIL import Image
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

#: Pixels of a dot, and dots of the white border that ISO/IEC 18004 asks for.
DOT, BORDER = 6, 4


def qr_png(text):
    """Draw a QR code (15 % of it may be damaged and it is still read).

    :param str text: what it says, ASCII
    :return: bytes of a PNG
    """
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    side = count + 2 * BORDER
    picture = Image.new("1", (side, side), 1)
    for row in range(count):
        for column in range(count):
            if code.isDark(row, column):
                picture.putpixel((column + BORDER, row + BORDER), 0)
    picture = picture.resize((side * DOT, side * DOT), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
