from . import test_service_invoices
