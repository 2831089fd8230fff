"""Imports the code of every derivative: what decoder processes are forked with.

Named where nobody has loaded the media yet, so that both load side by side.
"""

from media_assets.media import all_media

all_media()
