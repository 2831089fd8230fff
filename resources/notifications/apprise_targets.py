"""A message to one address of Apprise: e-mail, chats, phones (the extra ``notify``).

Redirects are not followed, and nothing is read from files or kept in them. What Apprise writes
about a failure may hold a token, so it goes to the log (where secrets are hidden) and not into the
outbox.
"""

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
    if not target.add(address):
        raise NotReceived("Apprise does not understand the address: see MEDIA_NOTIFY__URLS")
    body, title = unmentioning(one.text), unmentioning(one.title)
    if not target.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        raise NotReceived("Apprise could not deliver it; the log of the service says more")


def unmentioning(text: str) -> str:
    """Text that calls nobody: a folder named "@everyone" must not, in a chat of hundreds."""
    return text.replace("@", "@\u200b")
