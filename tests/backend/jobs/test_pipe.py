"""Frames between the server and its worker."""

import socket
import threading

import pytest

from headwater.jobs.pipe import Pipe


@pytest.fixture
def pipes() -> tuple[Pipe, Pipe]:
    ours, theirs = socket.socketpair()
    return Pipe(ours), Pipe(theirs)


def test_frames_arrive_whole_and_in_order(pipes: tuple[Pipe, Pipe]) -> None:
    here, there = pipes
    frames = [{"type": "a", "text": "ü\n🌊"}, {"type": "b", "big": "x" * 500_000}]

    sending = threading.Thread(target=lambda: [here.send(frame) for frame in frames])
    sending.start()

    assert [there.receive(), there.receive()] == frames
    sending.join()


def test_a_closed_pipe_ends_the_conversation(pipes: tuple[Pipe, Pipe]) -> None:
    here, there = pipes
    here.close()

    assert there.receive() is None
    with pytest.raises(OSError):  # noqa: PT011
        there.send({"type": "late"})


def test_a_frame_cut_short_is_no_frame() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b'\x10\x00\x00\x00{"half":')
    ours.close()

    assert Pipe(theirs).receive() is None


def test_a_frame_with_nan_is_refused_before_it_is_sent(pipes: tuple[Pipe, Pipe]) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pipes[0].send({"value": float("nan")})
