"""Which latents the cells of a grid show; no torch, so that the window can answer a click."""

from __future__ import annotations

from dataclasses import replace

from explorer.settings import Grid, Latent


def cell_latent(latent: Latent, grid: Grid, column: int, row: int) -> Latent:
    """Return the latent of a cell: x + i step, y + j, with (i, j) = (0, 0) in the middle.

    Where the middle lies between two cells, the left (upper) one shows `latent` itself.
    """
    i = column - (grid.columns - 1) // 2
    j = row - (grid.rows - 1) // 2
    return replace(latent, x=latent.x + i * grid.step, y=latent.y + j)


def cell_order(grid: Grid) -> tuple[tuple[int, int], ...]:
    """Return (column, row) of all cells, the ones nearest to the middle first."""
    middle = ((grid.columns - 1) // 2, (grid.rows - 1) // 2)
    cells = [(column, row) for row in range(grid.rows) for column in range(grid.columns)]
    return tuple(
        sorted(cells, key=lambda cell: abs(cell[0] - middle[0]) + abs(cell[1] - middle[1]))
    )
