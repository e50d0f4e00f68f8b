"""Engines: a program as code that runs. NumPy is loaded only with the engine that needs it."""
