"""A message as signed JSON to one address, as the Standard Webhooks specification has it.

The headers ``webhook-id``, ``webhook-timestamp`` (Unix time in s) and ``webhook-signature``:
``v1,`` and the base64 of HMAC-SHA256 over ``<id>.<timestamp>.<body>``
(github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md). An answer of 200 to 299
within SECONDS counts as received; its body is not read.

Only the configured address is asked: no redirect is followed, and no proxy or password file of the
environment is used.
"""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import anyio
import httpx2
from pydantic import SecretStr

from resources.configuration.notify_settings import key_of
from resources.display_text import plain_text
from resources.notifications.outbox import Delivery

SECONDS = 10.0
"""From the first byte to the answer's status, however slowly it comes."""


class NotReceived(RuntimeError):
    """A target did not take a message now; the message says why, without secrets."""


def post(url: str, secret: SecretStr, one: Delivery) -> None:
    """Send it once. Raises NotReceived."""
    body = body_of(one)
    headers = signed_headers(key_of(secret), one.message_id, int(time.time()), body)
    status = anyio.run(_status_of, url, headers, body)
    if 300 <= status < 400:
        raise NotReceived(f"it answered with HTTP {status}: redirects are not followed")
    if not 200 <= status < 300:
        raise NotReceived(f"it answered with HTTP {status}")


def body_of(one: Delivery) -> bytes:
    """The JSON of a message: ``type``, ``timestamp`` (ISO 8601) and ``data``."""
    at = datetime.fromtimestamp(one.at_s, UTC).isoformat()
    data = {"title": one.title, "text": one.text, **one.facts}
    content = {"type": one.event, "timestamp": at, "data": data}
    return json.dumps(content, ensure_ascii=False).encode()


def signed_headers(key: bytes, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """What goes along with the body; ``at_s`` is the Unix time in whole seconds."""
    signed = b"%s.%d.%s" % (message_id.encode(), at_s, body)
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }


async def _status_of(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. Raises NotReceived when there is none in time."""
    try:
        with anyio.fail_after(SECONDS):
            async with (
                httpx2.AsyncClient(
                    follow_redirects=False, trust_env=False, timeout=SECONDS
                ) as client,
                client.stream("POST", url, content=body, headers=headers) as response,
            ):
                return response.status_code
    except TimeoutError:
        raise NotReceived(f"it did not answer within {SECONDS:.0f} s") from None
    except httpx2.TimeoutException:
        raise NotReceived(f"it did not answer within {SECONDS:.0f} s") from None
    except httpx2.HTTPError as error:
        said = plain_text(str(error) or type(error).__name__, longest=200)
        raise NotReceived(f"it cannot be reached, or broke off: {said}") from None
