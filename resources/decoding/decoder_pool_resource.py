"""The decoder pool as a Dagster resource: one pool per run, shared by all of its steps."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from resources.configuration.settings import Limits
from resources.decoding.decoder_pool import DecoderPool


class DecoderPoolResource(dg.ConfigurableResource):
    """Children that decode untrusted bytes and can be killed."""

    workers: int
    """Number of children."""
    limits: dict[str, float]
    """See resources.configuration.settings.Limits."""
    preload: list[str]
    """Modules imported once, before the children are forked."""

    _pool: DecoderPool = PrivateAttr()

    @property
    def pool(self) -> DecoderPool:
        """The running pool."""
        return self._pool

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Iterator["DecoderPoolResource"]:
        """Start the children; stop them when the run ends."""
        del context
        limits = Limits.model_validate(self.limits)
        with DecoderPool(workers=self.workers, limits=limits, preload=self.preload) as pool:
            self._pool = pool
            yield self
