from . import test_platform_bill_compared
