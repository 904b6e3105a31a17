"""The command line: `tito` answers one question, what to do next; each other command has a file of its own.

Commands are imported when they are called. None of them imports NumPy: code of a learner's runs in a child process.
"""

from tinytorch.tito.cli._main import main

__all__ = ["main"]
