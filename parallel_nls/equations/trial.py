"""A user's equation tried on the field that a run starts from, before any work is done for it."""

from __future__ import annotations

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.equations.watched_equation import UserEquation
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.sweeps import Block
from parallel_nls.user_code.source import RunningUserCode

_TIME = 1e-3  # of the flows that are tried
_TURNED = 1e-6  # relative change of |u| that is no rounding, in single precision neither


def try_equation(equation: UserEquation, again: UserEquation, completed: Completed) -> None:
    """Run both flows and what is summed on this rank's blocks, and see that each does what a run relies on.

    Parameters
    ----------
    equation : UserEquation
        What the user's file defines.
    again : UserEquation
        The same of another run of the file, which tells what comes by chance while it runs.
    completed : Completed
        The field, of which every row is looked at; kept.

    Raises
    ------
    UserError
        If something raises, gives other values for some rows alone or by chance, or a flow does not keep |u|.

    Notes
    -----
    *Communication*: local; a rank that fails fails alone.
    """
    own, path = equation.equation, equation.path
    shapes = {"density": (), "coupling": (4,)}

    def try_rows(block: ComplexArray, lines: Block) -> None:
        """Try what acts on rows."""
        _try_flow(equation, again, "kick", block, lines)
        for what, shape in shapes.items():
            if getattr(own, what, None) is not None:
                with RunningUserCode(path, what):
                    _try_sums(equation, again, what, shape, block, lines)

    completed.visit(try_rows)
    (columns,) = equation.domain.sweeps[-1]
    for lines in columns.blocks:
        block = np.ones((32, columns.transform.length), dtype=equation.domain.dtype)
        _try_flow(equation, again, "drift", block, lines)


def _try_sums(
    equation: UserEquation, again: UserEquation, what: str, shape: tuple[int, ...], block: ComplexArray, lines: Block
) -> None:
    """Sum over the rows of a block, and over its first row alone."""
    sums, first = np.full((*shape, lines.count), np.nan), np.full((*shape, 1), np.nan)
    summed, of_another_run = (getattr(each.equation, what) for each in (equation, again))
    _check(summed, of_another_run, block, lines)
    summed.fill(block.copy(), lines, sums)
    of_another_run.fill(*_first_row(block, lines), first)
    if not np.array_equal(sums[..., :1], first, equal_nan=True):
        raise UserError(
            f"{equation.path}: the {what} gives other sums for a row alone, or when the file is run again; it must "
            "fill each row from itself, and leave nothing to chance"
        )


def _try_flow(equation: UserEquation, again: UserEquation, what: str, block: ComplexArray, lines: Block) -> None:
    """Run a flow on a copy of a block, and on its first row alone."""
    whole, (first, own) = block.copy(), _first_row(block, lines)
    with RunningUserCode(equation.path, what):
        flow, of_another_run = (getattr(each.equation, what) for each in (equation, again))
        _check(flow, of_another_run, block, lines)
        flow.kernel(_TIME, 1.0)(whole, lines)
        of_another_run.kernel(_TIME, 1.0)(first, own)
    before, after = np.abs(block[: lines.count]), np.abs(whole[: lines.count])
    if not np.allclose(after, before, rtol=_TURNED, atol=_TURNED * before.max()):
        raise UserError(f"{equation.path}: the {what} changes |u|; it may turn phases only, by finite angles")
    if not np.array_equal(whole[0], first[0]):
        raise UserError(
            f"{equation.path}: the {what} gives other values for a line alone, or when the file is run again; let each "
            "follow from itself, and nothing from chance"
        )


def _check(thing: object, again: object, block: ComplexArray, lines: Block) -> None:
    """Let what is made of functions of points look at these themselves."""
    check = getattr(thing, "check", None)
    if check is not None:
        check(block, lines, again)


def _first_row(block: ComplexArray, lines: Block) -> tuple[ComplexArray, Block]:
    alone = np.zeros_like(block)
    alone[0] = block[0]
    return alone, Block(lines.first, 1, lines.numbers[:1], slice(lines.first, lines.first + 1))
