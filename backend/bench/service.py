"""How long the running app takes to answer, on brook: run by `make bench`.

Starts a real server with its worker on an empty data folder, waits until the model is warm, and asks what the
page asks. Prints medians and worst cases in milliseconds, as a Markdown table and as JSON.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import httpx

NAMES = ["Mary", "Lily", "Sue", "Anna", "Alice", "Jane", "Emma", "Lucy", "Kate", "Ellen"]
PROMPT = "When {} and John went to the store, John gave a drink to"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_warm(client: httpx.Client) -> float:
    started = time.monotonic()
    while True:
        try:
            if client.get("models").json()["worker"]["state"] == "ready":
                return time.monotonic() - started
        except httpx.TransportError:
            pass
        time.sleep(0.05)


def timed(act: Callable[[], Any], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def trace_until_drawn(client: httpx.Client, prompt: str) -> str:
    """What the page does: ask, follow the job's events, fetch the view."""
    answer = client.post("graphs", json={"model": "brook", "prompt": prompt}).json()
    if answer["job"]:
        with client.stream("GET", f"jobs/{answer['job']['id']}/events") as events:
            for line in events.iter_lines():
                if line.startswith("event:") and line.split(":", 1)[1].strip() in {
                    "done",
                    "failed",
                    "cancelled",
                }:
                    break
    client.get(f"graphs/{answer['id']}", params={"format": "columns"}).raise_for_status()
    return str(answer["id"])


def measure(client: httpx.Client) -> dict[str, list[float]]:
    prompts = iter(PROMPT.format(name) for name in NAMES)
    new = timed(lambda: trace_until_drawn(client, next(prompts)), len(NAMES))
    body = {"model": "brook", "prompt": PROMPT.format(NAMES[0])}
    id = trace_until_drawn(client, body["prompt"])
    shares = iter(0.5 + i / 50 for i in range(20))
    view = client.get(f"graphs/{id}").json()
    feature = next(n for n in view["nodes"] if n["kind"] == "feature")
    plan = {"layer": feature["layer"], "index": feature["index"], "positions": [feature["position"]]}
    factors = iter(i / 10 for i in range(20))

    def intervene() -> None:
        change = {**plan, "mode": "scale", "value": next(factors)}
        client.post(f"graphs/{id}/interventions", json={"interventions": [change]}).raise_for_status()

    return {
        "new trace, 15 tokens, until the view is in hand": new,
        "same trace again": timed(lambda: client.post("graphs", json=body), 50),
        "view at the default thresholds": timed(lambda: client.get(f"graphs/{id}?format=columns"), 50),
        "view at other thresholds": timed(
            lambda: client.get(f"graphs/{id}?format=columns&node_threshold={next(shares)}"), 20
        ),
        "next-token probabilities while typing": timed(
            lambda: client.post("tokenize", json={**body, "next_tokens": 10}), 30
        ),
        "ablation or scaling, measured and predicted": timed(intervene, 20),
    }


def main() -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "headwater", "serve", "--port", str(port), "--data", data]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ))  # noqa: S603  # our own program
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=120) as client:
                warm = wait_until_warm(client)
                taken = measure(client)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"\nService, brook, load {load:.1f} on {cores} cores; start until warm: {warm:.1f} s\n")
    print("| what | median ms | worst ms |\n|---|---|---|")
    for what, values in taken.items():
        print(f"| {what} | {statistics.median(values):.1f} | {max(values):.1f} |")
    print(json.dumps({what: statistics.median(values) for what, values in taken.items()}))


if __name__ == "__main__":
    main()
