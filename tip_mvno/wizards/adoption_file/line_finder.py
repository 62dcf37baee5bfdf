# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from ...tools.brazil import clean_document, is_valid_cnpj, is_valid_cpf
from ...tools.sheet_rows import shown
from ...tools.simcard import as_iccid, iccid_stem, same_card


class LineFinder:
    """Which lines of an import a row of a file is about.

    :param env: environment whose language the sentences have
    :param lines: the import's ``mvno.adoption.line`` records
    """

    def __init__(self, env, lines):
        self._env = env
        self._by_stem = lines.filtered("iccid").grouped(
            lambda line: iccid_stem(line.iccid)
        )
        self._by_document = lines.filtered("document").grouped("document")

    def find(self, written):
        """:param dict written: a row's cells by column name
        :return: (lines, list of values of problems)"""
        if "iccid" in written:
            found, reason = self._by_iccid(written["iccid"])
            column = "ICCID"
        elif "document" in written:
            found, reason = self._of_document(written["document"])
            column = self._env._("CPF/CNPJ")
        else:
            found, column = (), ""
            reason = self._env._("The row has neither ICCID nor CPF or CNPJ.")
        if found and "iccid" in written and "document" in written:
            documents = self._readings(written["document"])
            if not any(line.document in documents for line in found):
                found, column = (), self._env._("CPF/CNPJ")
                reason = self._env._(
                    "At the platform this SIM card is of another CPF or CNPJ."
                )
        if found:
            return found, []
        value = shown(written.get("iccid") or written.get("document") or "")[:100]
        return (), [{"column": column, "value": value, "reason": reason}]

    def _by_iccid(self, cell):
        text = str(cell).strip()
        if "e+" in text.lower():
            return (), self._env._(
                "The spreadsheet shortened the ICCID. Make the column's format “Text” "
                "before the numbers are put in."
            )
        iccid = as_iccid(text)
        if not iccid:
            return (), self._env._("An ICCID has 19 or 20 digits.")
        same = self._by_stem.get(iccid_stem(iccid), ())
        exact = [line for line in same if line.iccid == iccid]
        found = exact or [line for line in same if same_card(iccid, line.iccid)]
        return found, self._env._("The platform lists no line with this ICCID.")

    def _of_document(self, cell):
        readings = self._readings(cell)
        for document in readings:
            if document in self._by_document:
                return self._by_document[document], ""
        if not any(is_valid_cpf(text) or is_valid_cnpj(text) for text in readings):
            return (), self._env._("Not a valid CPF or CNPJ.")
        return (), self._env._("The platform lists no line of this CPF or CNPJ.")

    @staticmethod
    def _readings(cell):
        """A spreadsheet takes a document's leading zeros away."""
        document = clean_document(str(cell))
        return (document, document.zfill(11), document.zfill(14))
