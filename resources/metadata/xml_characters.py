"""Which characters XML can hold, and how a document of it begins."""

import re

NO_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write (section 2.2), and the carriage return."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
