"""Assets made from one image each: key prefix ``image``, one dynamic partition per image.

File name = asset key = table name. ``medium`` holds the one value that the files share.
"""
