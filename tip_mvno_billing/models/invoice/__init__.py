from . import account_move
from . import account_move_line
from . import account_move_send
from . import mail_mail
from . import res_partner
from . import mvno_line
