"""The ``media`` command: a thin layer over the same sensor, runs and tables that the service uses."""
