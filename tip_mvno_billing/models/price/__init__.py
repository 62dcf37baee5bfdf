from . import contract_line
