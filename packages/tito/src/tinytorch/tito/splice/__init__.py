"""Splice: one small piece of code with three uses.

`cut` makes a learner's file of a source, `fill` is its inverse, `seed` puts a wrong function in the place of a right
one. All three replace characters at places that the syntax tree gives; every other byte stays.
"""

from tinytorch.tito.splice._companions import companions, identifiers, is_private
from tinytorch.tito.splice._cut import cut
from tinytorch.tito.splice._definitions import Definition, block, definitions, find, first_line
from tinytorch.tito.splice._fill import counterpart, fill
from tinytorch.tito.splice._marker import is_blank
from tinytorch.tito.splice._seed import seed
from tinytorch.tito.splice._source import Source, SourceSyntaxError, SpliceError, decode

__all__ = [
    "Definition",
    "Source",
    "SourceSyntaxError",
    "SpliceError",
    "block",
    "companions",
    "counterpart",
    "cut",
    "decode",
    "definitions",
    "fill",
    "find",
    "first_line",
    "identifiers",
    "is_blank",
    "is_private",
    "seed",
]
