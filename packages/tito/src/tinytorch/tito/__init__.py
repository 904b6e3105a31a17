"""The course of TinyTorch: people build the framework, and what they have not written yet is borrowed.

- `tinytorch.tito.splice` makes exercises of a source file and fills them again.
- `tinytorch.tito.loader` puts a workspace's modules in the place of the installed ones.
- `tinytorch.tito.exercises` reads which functions a module asks for.

Importing this package imports none of them: a start of Python that meets no workspace pays for nothing.
"""

from tinytorch.tito._version import __version__

__all__ = ["__version__"]
