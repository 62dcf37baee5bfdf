from . import mvno_statement_detail
