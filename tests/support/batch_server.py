"""A server that speaks OpenAI's Batch API: files, batches, results. It answers when told to."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.scripted_server import Asked, Said

Answer = Callable[[dict[str, object]], dict[str, object]]
"""A request's body -> the ``response`` of its result line."""


@dataclass
class BatchServer:
    """Its state: files by id, batches by id. ``answer`` works on one request."""

    answer: Answer
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, object]] = field(default_factory=dict)
    interactive: int = 0
    asked_alone: list[str] = field(default_factory=list)
    refuses_batches: bool = False

    def __call__(self, asked: Asked) -> Said:
        """Route one HTTP request."""
        path = asked.path.removeprefix("/v1/")
        if path == "files":
            return self.take_file(asked)
        if path == "batches" and asked.method == "POST":
            return Said(b"no", 503) if self.refuses_batches else self.take_batch(asked.json)
        if path.startswith("batches?"):
            return told({"data": list(self.batches.values())})
        if path.startswith("batches/"):
            return told(self.batches[path.removeprefix("batches/")])
        if path.startswith("files/"):
            return Said(self.files[path.split("/")[1]])
        self.interactive += 1
        self.asked_alone.append(asked.body.decode())
        return Said(b"only batches here", 404)

    def take_file(self, asked: Asked) -> Said:
        boundary = re.search("boundary=(.*)", asked.headers["Content-Type"])
        assert boundary
        parts = asked.body.split(b"--" + boundary[1].encode())
        (content,) = [part.partition(b"\r\n\r\n")[2] for part in parts if b"filename=" in part]
        name = f"file-{len(self.files)}"
        self.files[name] = content.strip(b"\r\n")
        return told({"id": name})

    def take_batch(self, order: dict[str, object]) -> Said:
        name = f"batch-{len(self.batches)}"
        self.batches[name] = {"id": name, "status": "in_progress", **order}
        return told(self.batches[name])

    def finish(self, status: str = "completed") -> None:
        """Answer every batch."""
        for batch in self.batches.values():
            lines = self.files[str(batch["input_file_id"])].splitlines()
            results = [self.result(json.loads(line)) for line in lines]
            name = f"result-{batch['id']}"
            self.files[name] = b"\n".join(results)
            batch.update(status=status, output_file_id=name)

    def result(self, line: dict[str, object]) -> bytes:
        body = line["body"]
        assert isinstance(body, dict)
        response = self.answer(body)
        return json.dumps({"custom_id": line["custom_id"], "response": response}).encode()


def told(value: dict[str, object]) -> Said:
    return Said(json.dumps(value).encode())
