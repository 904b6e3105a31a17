"""Figures of a training, in one restrained style; they need the extra `[figures]` and no display.

Each function returns a Matplotlib figure; `save` writes it as PNG or SVG. Everything can be told apart in grey: lines
differ in dash and mark as well as in tone, cells carry their numbers.
"""

from tinytorch.training.figures._curves import curve
from tinytorch.training.figures._images import first_layer_weights, worst_mistakes
from tinytorch.training.figures._matrix import confusion_matrix
from tinytorch.training.figures._style import FigureError, save, style

__all__ = ["FigureError", "confusion_matrix", "curve", "first_layer_weights", "save", "style", "worst_mistakes"]
