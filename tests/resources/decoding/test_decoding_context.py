from resources.decoding.decoding_context import MAX_NOTES, collected_notes, note, remark


def test_only_notes_about_the_picture_make_it_worse() -> None:
    with collected_notes() as notes:
        remark("exiftool: odd offset")
    assert (list(notes), notes.is_degraded) == (["exiftool: odd offset"], False)
    with collected_notes() as notes:
        remark("exiftool: odd offset")
        note("premature end of JPEG image")
    assert (len(notes), notes.is_degraded) == (2, True)


def test_each_message_is_kept_once_and_at_most_so_many() -> None:
    with collected_notes() as notes:
        for number in range(100):
            remark("the same")
            remark(f"number {number}")
        note("damaged at last")
    assert len(notes) == MAX_NOTES
    assert notes.count("the same") == 1
    assert notes.is_degraded


def test_an_inner_collection_keeps_its_own() -> None:
    with collected_notes() as outer:
        with collected_notes() as inner:
            note("inner")
        remark("outer")
    assert (list(outer), outer.is_degraded, list(inner)) == (["outer"], False, ["inner"])
