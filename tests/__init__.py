"""The tests mirror the package; what several of them share stands in the modules without the prefix ``test_``."""
