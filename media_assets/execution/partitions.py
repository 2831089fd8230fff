"""The one partition dimension of all image assets: a key per source image.

Keys are added by the landing sensor, in the order in which images are accepted; ranges of keys in
Dagster follow that order, so the images of one batch are one range.
"""

import dagster as dg

source_images = dg.DynamicPartitionsDefinition(name="source_images")
