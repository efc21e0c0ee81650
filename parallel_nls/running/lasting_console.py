"""What is drawn on a terminal, and tables, whatever becomes of the output."""

from __future__ import annotations

from rich.console import Console

from parallel_nls.running.plain_output import let_go_of_output, on_terminal, printable, say_that_output_ended


class LastingConsole(Console):
    """Where messages go: colours on a terminal, plain text elsewhere; an output that takes no more ends no run.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self) -> None:
        super().__init__(force_terminal=on_terminal())

    def on_broken_pipe(self) -> None:
        """Go on in silence."""
        self.quiet = True
        let_go_of_output()

    def say(self, text: str) -> None:
        """Write a line; where the output takes no more, as on a full disk, go on in silence, after one word of it."""
        try:
            self.print(printable(text), highlight=False, markup=False, soft_wrap=True)
        except OSError as error:
            self.on_broken_pipe()
            say_that_output_ended(error)
