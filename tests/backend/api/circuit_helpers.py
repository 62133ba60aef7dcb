"""Tasks and circuits that the tests of circuits share: small, real, on the stranger's model."""

import itertools
import json
from typing import Any

WORDS = ("He", "She", "Lily", "and", "saw", "the", "was", "to", "a", "big", "little", "day", "mom", "had")


def pairs(n: int, words: int = 3) -> list[dict[str, Any]]:
    """Different pairs of one length. Nonsense, but every answer is a token of the stories model."""
    starts = itertools.islice(itertools.product(WORDS, repeat=words), n)
    return [
        {
            "clean_prefix": f"{' '.join(start)} big",
            "patch_prefix": f"{' '.join(start)} little",
            "clean_answer": " day",
            "patch_answer": " mom",
            "case": start[0],
        }
        for start in starts
    ]


def as_lines(examples: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(one) for one in examples)


def create(running: Any, examples: list[dict[str, Any]], name: str = "words") -> str:
    """The id of a stored task."""
    answer = running.client.post("/tasks", json={"name": name, "examples": examples})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ask(running: Any, task: str, method: dict[str, Any] | None = None, **more: Any) -> Any:
    body = {"model": "stories", "task": task, "method": method or {"method": "eap"}, **more}
    return running.client.post("/circuits", json=body)


def find(running: Any, task: str, method: dict[str, Any] | None = None, **more: Any) -> str:
    """The id of a complete circuit."""
    answer = ask(running, task, method, **more)
    assert answer.status_code in (200, 202), answer.text
    if answer.status_code == 202:
        job = running.wait_for(answer.json()["job"]["id"], "done", "failed", timeout_s=120)
        assert job["state"] == "done", job
    return str(answer.json()["id"])


def evaluate(running: Any, circuit: str, **body: Any) -> dict[str, Any]:
    """A complete evaluation."""
    answer = running.client.post(f"/circuits/{circuit}/evaluations", json=body)
    assert answer.status_code in (200, 202), answer.text
    found = answer.json()
    if answer.status_code == 202:
        job = running.wait_for(found["job"]["id"], "done", "failed", timeout_s=120)
        assert job["state"] == "done", job
        assert job["result"] == {"graph": None, "circuit": circuit, "evaluation": found["id"]}
    return dict(running.client.get(f"/circuits/{circuit}/evaluations/{found['id']}").json())
