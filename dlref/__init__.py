"""Deep learning: every formula tied to a tested implementation."""

__version__ = "0.1.0"
