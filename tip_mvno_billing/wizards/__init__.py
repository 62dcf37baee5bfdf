from . import account_move_reversal
from . import mvno_adoption_file
from . import mvno_invoice_copy
from . import mvno_invoice_copy_row
from . import mvno_file_upload
from . import mvno_file_upload_column
from . import mvno_file_upload_heading
from . import mvno_statement_file
