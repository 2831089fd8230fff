# ruff: noqa: RUF001 - texts in many scripts
"""One analysis for documents, names and questions, in the scripts that people write."""

import unicodedata

import pytest

from resources.search.full_text_table import FullTextTable
from resources.search.question_words import neighbors_of, wanted_of
from resources.search.text_analysis import analysis_of, parted_names
from resources.search.text_folding import folded
from resources.search.word_places import found_words, snippet

FOUND = {
    "English": ("The old lighthouses of Maine", "lighthouse"),
    "English_band": ("The Who, live at Leeds", "The Who"),
    "English_possessive": ("Grandmother's garden", "grandmothers garden"),
    "English_little": ("On", "on"),
    "German": ("Überfahrt nach Föhr", "fohr"),
    "German_eszett": ("STRASSE im Regen", "straße"),
    "French": ("L'été à la plage, cœur d'Arles", "ete coeur"),
    "Spanish": ("Niño en la montaña", "nino montana"),
    "Portuguese": ("São João da Madeira", "sao joao"),
    "Italian": ("Perché no? Città alta", "citta"),
    "Dutch": ("Koffie op ’s-Hertogenbosch", "'s-hertogenbosch"),
    "Danish": ("Rødgrød med fløde", "rodgrod"),
    "Swedish": ("Fågel på ön", "fagel"),
    "Icelandic": ("Þingvellir, fjörður", "thingvellir fjordur"),
    "Polish": ("Zażółć gęślą jaźń, Łódź", "lodz"),
    "Czech": ("Příliš žluťoučký kůň", "prilis kun"),
    "Romanian": ("Țară și munți", "tara munti"),
    "Turkish": ("İSTANBUL'da ışık", "istanbul isik"),
    "Azerbaijani": ("Azərbaycan", "azerbaycan"),
    "Vietnamese": ("Đường phố Hà Nội", "duong pho ha noi"),
    "Greek": ("Θεσσαλονίκη, ΟΔΟΣ", "θεσσαλονικη οδός"),
    "Russian": ("Ёлка в снегу", "елка"),
    "Ukrainian": ("М’ята і сонце", "м'ята"),
    "Hebrew": ("שָׁלוֹם ירושלים", "שלום"),
    "Arabic": ("مَدْرَسَة الأطفال", "مدرسه الاطفال"),
    "Persian": ("کتاب‌خانه می‌خواهم", "كتابخانه ميخواهم"),
    "Urdu": ("لاہور کی گلی", "لاهور"),
    "Hindi": ("हिन्दी किताब और फ़िल्म", "किताब फिल्म"),
    "Hindi_digits": ("सन् २०२४", "2024"),
    "Bengali": ("বাংলা বই", "বই"),
    "Tamil": ("தமிழ் புத்தகம்", "புத்தகம்"),
    "Telugu": ("తెలుగు పుస్తకం", "పుస్తకం"),
    "Georgian": ("თბილისი ღამით", "თბილისი"),
    "Armenian": ("ԵՐԵՎԱՆ քաղաք", "երևան"),
    "Amharic": ("አዲስ አበባ", "አበባ"),
    "Tibetan": ("བོད་ཡིག", "ཡིག"),
    "Korean": ("서울에서 찍은 사진", "서울"),
    "Korean_single": ("봄 바다", "봄"),
    "Japanese": ("東京タワーの夜景", "タワー"),
    "Japanese_half_width": ("ﾄｳｷｮｳ ｶﾞｲﾄﾞ", "ガイド"),
    "Japanese_single": ("黒い猫が寝る", "猫"),
    "Chinese": ("北京故宫的雪", "故宫"),
    "Chinese_wide": ("ＡＢＣ１２３", "abc123"),
    "Thai": ("วัดพระแก้วกรุงเทพมหานคร", "พระแก้ว"),
    "Thai_end": ("ปลาและปู", "ปู"),
    "Thai_am": ("น\u0e4d\u0e49าตก", "น\u0e49ำตก"),
    "Lao": ("ນະຄອນຫຼວງວຽງຈັນ", "ວຽງຈັນ"),
    "Khmer": ("ប្រាសាទអង្គរវត្ត", "អង្គរ"),
    "Burmese": ("ရန်ကုန်မြို့", "မြို့"),
    "emoji": ("Summer 🏖️ with the 👩🏽‍🌾", "🏖"),
    "emoji_joined": ("👩🏽‍🌾", "👩‍🌾"),
    "flag": ("Trip 🇯🇵", "🇯🇵"),
    "programming": ("A talk about C++ and C#", "c++"),
    "slash": ("AC-DC live", "AC/DC"),
    "joined": ("AC/DC live", "acdc"),
    "apart": ("Wi-Fi at AT&T", "wifi at&t"),
    "stars": ("M*A*S*H", "mash"),
    "hash_tag": ("sunset by the sea", "#sunset"),
    "date": ("taken 2024-05-14", "2024-05-14"),
    "beginning": ("IMG_4123.jpg", "img_41*"),
    "any_middle": ("IMG_4123.jpg", "*41*"),
    "ligature": ("eﬃcient oﬃce", "office"),
    "soft_hyphen": ("moun\u00adtain", "mountain"),
}
"""Language -> a text, and a question by which people expect to find it."""

INFLECTED = {"roses": "rose", "keeper": "keepers", "painting": "painted", "cities": "city"}

NOT_FOUND = {
    "Hindi_vowel": ("किताब", "कताब"),
    "Japanese_voice": ("ガイド", "カイト"),
    "Russian_letter": ("мои", "мой"),
    "Thai_tone": ("เสื่อ", "เสื้อ"),
    "C_sharp": ("C++ only", "C#"),
    "other_flag": ("🇫🇷", "🇯🇵"),
    "part_of_a_word": ("carpet", "car"),
    "Chinese_pieces": ("北海 京都", "北京"),
}


def table_of(text: str) -> FullTextTable:
    return FullTextTable.in_memory([("one", 0, "1", text, text)])


def is_found(text: str, question: str) -> bool:
    return [hit.source_id for hit in table_of(text).matching(wanted_of(question), 9)] == ["one"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("language", FOUND)
def test_a_text_is_found_in_every_script_and_form(language: str, form: str) -> None:
    """Files from a Mac are decomposed, what people type is not; and the other way round."""
    text, question = FOUND[language]
    other = "NFC" if form == "NFD" else "NFD"
    assert is_found(unicodedata.normalize(form, text), unicodedata.normalize(other, question))
    assert is_found(text, question)


@pytest.mark.parametrize("language", FOUND)
def test_a_name_is_found_in_every_script(language: str) -> None:
    text, question = FOUND[language]
    table = table_of(unicodedata.normalize("NFD", text))
    words = [word for word in wanted_of(question) if not word.is_letter]
    assert [hit.source_id for hit in table.named(words, 9)] == ["one"]


@pytest.mark.parametrize("language", FOUND)
def test_where_it_was_found_can_be_shown(language: str) -> None:
    text, question = FOUND[language]
    words = wanted_of(question)
    assert found_words(words, text) == words
    assert snippet(words, text)


@pytest.mark.parametrize("text", INFLECTED)
def test_english_endings_do_not_matter_in_documents(text: str) -> None:
    words = wanted_of(INFLECTED[text])
    assert is_found(text, INFLECTED[text])
    assert found_words(words, text) == words


@pytest.mark.parametrize("language", NOT_FOUND)
def test_another_word_is_not_found(language: str) -> None:
    assert not is_found(*NOT_FOUND[language])


def test_a_text_is_folded_the_same_when_folded_twice() -> None:
    for text, question in FOUND.values():
        assert folded(folded(text)) == folded(text)
        assert folded(folded(question)) == folded(question)


def test_parts_of_a_name_are_words_of_their_own() -> None:
    pieces = analysis_of(parted_names("RedBarn-InSnow2019.png")).pieces
    assert {"redbarn", "insnow2019", "red", "barn", "in", "snow", "2019"} <= set(pieces)


def test_words_on_both_sides_of_a_full_stop_are_no_neighbors() -> None:
    table = table_of("A barn. Red sky, barn in snow")
    assert table.with_neighbors(neighbors_of("barn red"), ["one"]) == []
    assert table.with_neighbors(neighbors_of("barn in snow"), ["one"])[0].score == 2


@pytest.mark.parametrize("question", ["", "?!", "...", "***", "- -", "\u200d", '"', "(", "\x00"])
def test_a_question_without_words_finds_nothing_and_is_no_error(question: str) -> None:
    assert table_of("anything").matching(wanted_of(question), 9) == []
    assert table_of("anything").named(wanted_of(question), 9) == []


@pytest.mark.parametrize(
    "question", ['a" OR "b', "NEAR(a b)", "pieces : a", "a AND NOT b", "-a", "a^", "{a}", "'"]
)
def test_the_language_of_the_index_is_plain_text_in_a_question(question: str) -> None:
    table_of("a NEAR b").matching(wanted_of(question), 9)


def test_little_words_are_found_where_they_are_all_that_is_asked_for() -> None:
    """And beside other words they make no hit: "on" is in every second caption."""
    assert is_found("To be or not to be", "to be or not to be")
    assert not is_found("taken on Monday", "to be on")
    assert not is_found("taken on Monday", "a red star on a green background")
    assert is_found("IT was by Stephen King", "it")


def test_a_huge_question_is_cut() -> None:
    assert len(wanted_of(" ".join(map(str, range(100_000))))) <= 64
    assert len(neighbors_of("a" * 1_000_000)) <= 64


def test_the_word_is_shown_in_a_sentence_without_spaces() -> None:
    text = "北京" * 100 + "故宫的雪"
    shown = snippet(wanted_of("故宫"), text)
    assert shown is not None
    assert "故宫" in shown
    assert len(shown) < 120
