"""A status only from a place that holds one."""

from __future__ import annotations

import pytest

from foundry_doctor.explain.status import last_status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Error code: 401 - {'error': 1}", 401),
        ("openai.error status_code: 429, model_name: x", 429),
        ('HTTP Request: POST https://x "HTTP/1.1 503 Service Unavailable"', 503),
        ("< HTTP/2 404", 404),
        ('API Error: 400 {"type":1}', 400),
        ('HTTP 404 "Resource not found"', 404),
        ("(HTTP 404)", 404),
        ("Request failed with status code 407.", 407),
        ("Status: 401 (PermissionDenied)", 401),
        ("RESPONSE 200: 200 OK\nERROR CODE: X", 200),
        ("azure.core.exceptions.HttpResponseError: (403) Public access", 403),
        ("Client error '404 Not Found' for url", 404),
        ("Error: 400 Token does not match", 400),
        ("413 Request body too large", 413),
        ('10.0.0.1 - - "GET / HTTP/1.1" 502 12', 502),
        ('{\\"statusCode\\": 401}', 401),
        ("first Error code: 429 - x then Error code: 403 - y", 403),
    ],
)
def test_places(text: str, status: int) -> None:
    assert last_status(text) == status


@pytest.mark.parametrize(
    "text",
    [
        "listening on port 401", "file.py:404: in handler", "took 429 ms", "wrote 503 bytes",
        "order 401 was shipped", "room 404", "build #429 passed", "v4.0.4", "10.4.0.401",
        "user 403 logged in", "line 401, in f",
    ],
)  # fmt: skip
def test_numbers_that_are_none(text: str) -> None:
    assert last_status(text) is None
