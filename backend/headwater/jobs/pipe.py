"""JSON frames over a private socket: four bytes of length, then UTF-8. Nothing that can run code."""

import contextlib
import json
import socket
import struct
import threading
from typing import Any, Final

Frame = dict[str, Any]
MAX_FRAME: Final = 256 * 2**20
_LENGTH: Final = struct.Struct("<I")


class Pipe:
    """Any thread may send; one thread receives."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._reader = connection.makefile("rb")

    def send(self, frame: Frame) -> None:
        """Raises OSError when the other side is gone."""
        data = json.dumps(frame, allow_nan=False).encode()
        with self._sending:
            self._connection.sendall(_LENGTH.pack(len(data)) + data)

    def receive(self) -> Frame | None:
        """The next frame; None when the other side is gone."""
        try:
            head = self._reader.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack(head)
            if length > MAX_FRAME:
                raise ValueError(f"a frame of {length:,} bytes is more than {MAX_FRAME:,}")
            data = self._reader.read(length)
        except ConnectionError:
            return None
        frame: Frame | None = json.loads(data) if len(data) == length else None
        return frame

    def close(self) -> None:
        """Wakes a blocked `receive`, which then returns None."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
