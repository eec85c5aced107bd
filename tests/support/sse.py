# SPDX-License-Identifier: Apache-2.0
"""A watcher of a run's events, as a browser's EventSource reads them."""
import json


class Watcher:
    def __init__(self, client, run, last_event_id=None, path=None):
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.answer = client.request("GET", path or f"/api/v1/runs/{run}/events", headers=headers, stream=True)
        assert self.answer.status_code == 200, self.answer.text
        assert self.answer.headers["Content-Type"] == "text/event-stream"

    def __iter__(self):
        """(id, event) pairs until the stream ends."""
        identifier, data = None, []
        for line in self.answer.iter_lines(chunk_size=None):
            if line.startswith(b"id: "):
                identifier = int(line[4:])
            elif line.startswith(b"data: "):
                data.append(line[6:])
            elif not line and data:
                yield identifier, json.loads(b"\n".join(data))
                data = []

    def close(self):
        self.answer.close()
