"""Nobody forgets the code version: an edited derivative says what to do."""

from tests.code_versions import forgotten, read, versions_now


def test_no_derivative_was_edited_without_a_decision_about_its_version() -> None:
    assert forgotten(read(), versions_now()) == []


def test_the_record_names_no_derivative_that_is_gone() -> None:
    assert read().keys() == versions_now().keys()


def test_an_edit_without_a_new_version_is_told() -> None:
    recorded = {"image/thumbnails": {"code_version": "1", "digest": "a"}}
    edited = {"image/thumbnails": {"code_version": "1", "digest": "b"}}
    (told,) = forgotten(recorded, edited)
    assert told.startswith("image/thumbnails: the code changed, code_version did not; raise")


def test_a_new_version_is_to_be_recorded() -> None:
    recorded = {"image/thumbnails": {"code_version": "1", "digest": "a"}}
    edited = {"image/thumbnails": {"code_version": "2", "digest": "b"}}
    (told,) = forgotten(recorded, edited)
    assert told.startswith("image/thumbnails: code_version 2 is not on record")
