"""A message to one address of Apprise: e-mail, chats, phones (the extra ``notify``).

Redirects are not followed, and nothing is read from files or kept in them. What Apprise says about
a failure goes to the log, without the parts of the address, and not into the outbox.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from resources.configuration.log_lines import hide, secrets_in
from resources.notifications.outbox import Delivery
from resources.notifications.webhook import NotReceived

INSTALL = "the package apprise is not installed: pip install -e '.[notify]'"


def tell(address: str, one: Delivery) -> None:
    """Send it once; Apprise waits some seconds for a connection and for an answer.

    Raises NotReceived.
    """
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise NotReceived(INSTALL) from error
    asset = apprise.AppriseAsset(app_id="media", http_redirects=False, plugin_paths=[])
    target = apprise.Apprise(asset=asset)
    with saying_nothing_of(address):
        if not target.add(address):
            raise NotReceived("Apprise does not understand the address: see MEDIA_NOTIFY__URLS")
        body, title = unmentioning(one.text), unmentioning(one.title)
        if not target.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
            raise NotReceived("Apprise could not deliver it; the log of the service says more")


@contextmanager
def saying_nothing_of(address: str) -> Iterator[None]:
    """Apprise's logger writes no part of the address meanwhile: each may be a token."""
    secrets = secrets_in(address)

    def without_them(record: logging.LogRecord) -> bool:
        record.msg, record.args = hide(record.getMessage(), secrets), ()
        return True

    logger = logging.getLogger("apprise")
    logger.addFilter(without_them)
    try:
        yield
    finally:
        logger.removeFilter(without_them)


def unmentioning(text: str) -> str:
    """Text that calls nobody: a folder named "@everyone" must not, in a chat of hundreds."""
    return text.replace("@", "@\u200b")
