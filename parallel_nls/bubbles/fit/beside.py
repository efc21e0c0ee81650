"""The look with which a fit begins, at foreseen parameters: it rides on the pass that sums over the field anyway."""

from __future__ import annotations

from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS
from parallel_nls.bubbles.fit.passes import FitPasses
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import REACH, UsedPoints
from parallel_nls.numerics.arrays import ComplexArray, line_table
from parallel_nls.spectral.sweeps import Block


class LookBeside:
    """A look that rides on another pass over all rows of the field: a block kernel, to be run over every block.

    Parameters
    ----------
    passes : FitPasses
        Whose look it is.
    parameters : Parameters
        Where, the same on every rank.

    Attributes
    ----------
    table : ndarray, (9K, local rows)
        What it has found so far, for `FitPasses.look`.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, passes: FitPasses, parameters: Parameters) -> None:
        self._places = passes.places
        self._pair, self._meets = passes.pairing(parameters, REACH), passes.meets(parameters, REACH)
        self.table = line_table(PAIRINGS * parameters.count, passes.thinned(1).count)

    def __call__(self, block: ComplexArray, lines: Block) -> None:
        """Pair one block of rows, which is kept."""
        if self._meets(lines):
            across, along, folded = self._places
            points = UsedPoints.of_rows(across[lines.numbers], along, folded)
            self._pair(block, points, self.table[:, lines.lines])
