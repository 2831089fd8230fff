"""What files say of themselves: EXIF, IPTC, XMP; read, ranked and written."""
