from . import test_health_platform
