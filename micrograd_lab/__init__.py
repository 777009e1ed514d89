"""micrograd_lab: understand, build and debug automatic differentiation."""

__version__ = "0.1.0"
