"""The same small work by Pixeltable, DataChain and us: ``make bench-peers``.

``__main__`` runs all three, ours by ``our_work``. ``pixeltable_work`` and ``datachain_work`` are
programs that know nothing of ours; each runs in an environment of its own, with the versions in its
``*-requirements.txt``.
``picture_work`` is what both do to one picture.
"""
