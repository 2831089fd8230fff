"""Assets made from one source image each: key prefix ``image``, one dynamic partition per image.

File name = asset key = table name. ``partitions`` holds the partition definition and
``image_asset`` the decorator's twin that turns a pure function into a batched asset.
"""
