"""What exists: every derivative of a source, one asset per file.

A folder with a ``medium.py`` is a medium, and its other files are the derivatives of its sources;
``media`` finds them all, ``jobs`` makes a job of each, ``tables`` lists every row table. The other
folders: ``execution`` makes derivatives, ``curation`` keeps what people decide, ``writing`` is what
captions and descriptions share, ``search`` holds the assets over all images together.
"""

DERIVATIVES = "media_assets.every_derivative"
"""The module that decoder processes are forked with, by name: nobody has to load it to say so."""
