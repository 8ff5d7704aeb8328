"""What signals do in processes that tests start."""

import signal


def hears_ctrl_c() -> None:
    """Undo, before a program is run, what a shell does to what it starts with ``&``.

    Whoever was started with SIGINT ignored hands that down, and the program takes it for a wish.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
