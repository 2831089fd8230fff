import pytest

from resources.ocr.text_language import guessed_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The quarterly report of the museum was printed in 1987.", "en"),
        ("Bitte geben Sie die Schlüssel im Zimmer 204 ab", "de"),
        ("Prière de ne pas toucher aux objets exposés", "fr"),
        ("在中国作家协会第三届儿童文学", "zh"),
        ("TEL 0171 555 1234 FAX 0171 555 9876", None),
        ("EXIT", None),
        ("", None),
    ],
    ids=["english", "german", "french", "chinese", "numbers", "word", "nothing"],
)
def test_a_language_is_guessed_only_where_there_is_enough_of_it(
    text: str, language: str | None
) -> None:
    assert guessed_language(text) == language
