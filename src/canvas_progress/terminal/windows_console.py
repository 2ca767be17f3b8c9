"""The console of Windows shows escape sequences as they are until interpreting them is switched on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

_INTERPRET: Final = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING


def interprets_escapes(stream: TextIO) -> bool:
    """Have the screen of this stream interpret escape sequences; return whether it does. Elsewhere all screens do."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        kernel, mode = ctypes.windll.kernel32, ctypes.c_uint32()
        try:
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
        except OSError:
            return False
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(mode.value & _INTERPRET or kernel.SetConsoleMode(handle, mode.value | _INTERPRET))
    return True
