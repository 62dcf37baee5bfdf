from . import test_overage_billing
