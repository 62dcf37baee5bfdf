from . import test_adoption_billing
