"""The ``media`` command: thin, over the same sensor, runs and tables that the service uses."""
