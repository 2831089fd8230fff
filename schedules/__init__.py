"""When, by clock: upkeep that nothing else triggers."""
