"""A typed client of the Digitree API. Begin with `Digitree(url, key)`; bodies and answers are in
`digitree_client.models`."""

from .build import OPENAPI_SHA256, __version__
from .digitree import AsyncDigitree, Digitree
from .paging import each, each_async
from .problems import DigitreeError
from .types import UNSET, File, Unset
from .webhooks import WebhookMessage, WebhookRefused, read_webhook

__all__ = (
    "OPENAPI_SHA256",
    "UNSET",
    "AsyncDigitree",
    "Digitree",
    "DigitreeError",
    "File",
    "Unset",
    "WebhookMessage",
    "WebhookRefused",
    "__version__",
    "each",
    "each_async",
    "read_webhook",
)
