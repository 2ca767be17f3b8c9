"""What stands on the PATH in place of the installed command, and has `forks` run it in a fork.

Arguments, environment, folder, streams and signals are handed on, and it ends as the fork does. It is started without
`site` and imports next to nothing: by that, and by all that the fork has loaded already, it is faster.
"""

import _signal  # type: ignore[import-not-found]  # the modules around these two load enum
import _socket
import marshal
import os
import sys

DIGITS = 20
FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGWINCH)


def number(told: _socket.socket) -> int:
    """Return the number that is told next."""
    text = told.recv(DIGITS)
    while text and len(text) < DIGITS:
        text += told.recv(DIGITS - len(text))
    return int(text or 70)


def main() -> None:
    """Have it run, and end as it ends."""
    held = [each for each in FORWARDED if _signal.getsignal(each) != _signal.SIG_IGN]  # what is ignored stays so
    _signal.pthread_sigmask(_signal.SIG_BLOCK, held)
    order = marshal.dumps((sys.argv, dict(os.environ), "", False, os.getcwd()))  # noqa: PTH109  # pathlib loads much
    server = _socket.socket(_socket.AF_UNIX)
    server.connect(f"{sys.argv[0]}.door")
    streams = b"".join(stream.to_bytes(4, sys.byteorder) for stream in range(3))
    message = b"%20d" % len(order) + order
    sent = server.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    server.sendall(message[sent:])
    process = number(server)
    for each in held:
        _signal.signal(each, lambda which, _: os.kill(process, which))
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, held)
    code = number(server)
    if code < 0:
        if -code != _signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
