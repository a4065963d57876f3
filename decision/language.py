"""Which language a message is written in: by its script, then by the small words of every sentence."""

import re

UNKNOWN = "und"

_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_OTHER_SCRIPTS = {
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ka": re.compile(r"[\u10a0-\u10ff]"),
    "hy": re.compile(r"[\u0530-\u058f]"),
}
"""Scripts named after the language that is mostly written in them."""
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]{1,200}`|https?://\S{1,500}", re.DOTALL)

MOST_CHARACTERS = 4_000
"""More text does not change the answer."""

LEAST_SHARE = 0.1
"""With a smaller share of small words a text is in none of these languages, unless it is terse English."""

_SMALL_WORDS = {
    "en": "the of and to in is it that for you was with on are as but not have this be at we from my "
    "our an they i do does when how what why which can there no or by if its just has our any me "
    "so only a me about tell every all your more will would get make want use using their them then "
    "than into after again he she",
    "de": "der die das und ist nicht ein eine einen wir ich mit auf für von zu den dem des im es sie "
    "wie aber auch noch wenn dass oder bei nach aus uns unser unsere haben hat sind wird werden "
    "kein keine immer was nur am um",
    "fr": "le la les des et est une un que qui dans pour pas sur nous je il elle avec ce cette mais ou "
    "au aux du notre nos sont on ne se plus par comment quand ça avons ai même tout très être "
    "fait d l j n c qu",
    "es": "el la los las de y es una un que en por con para no se lo su nuestro nuestra pero como más "
    "cuando hay del al está son tenemos muy esto ya cómo qué sin sobre le nos si me mi",
    "pt": "o a os as de e é uma um que em por com para não se do da dos das no na nos nas mas como mais "
    "quando temos está são muito isso já ao nosso nossa sem sobre foi ele eu meu minha você pra "
    "os",
    "it": "il lo la gli le di e è una un che in per con non si del della dei delle nel ma come più "
    "quando abbiamo sono molto questo già al alla nostro nostra senza su anche ho mi ci i da se "
    "ha c",
    "nl": "de het een en is van in dat niet we wij ik met op voor zijn aan er maar ook als bij naar uit "
    "ons onze hebben heeft wordt worden geen altijd wat hoe nog dan of te om die deze kan wel je",
}
_ONE_LANGUAGE = {
    "de": "äöüß",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "fr": "œèêçàùû",
    "it": "ìòàèù",
}
_LANGUAGES_OF = {
    word: tuple(code for code, words in _SMALL_WORDS.items() if word in words.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}


def language_of(text: str) -> str:
    """The ISO 639-1 code of the text's language, or "und" where nothing tells it."""
    words = _CODE.sub(" ", text[:MOST_CHARACTERS])
    return _by_script(words) or _by_small_words(words.lower())


def _by_script(text: str) -> str:
    kana, han, hangul, cyrillic, latin = (
        len(script.findall(text)) for script in (_KANA, _HAN, _HANGUL, _CYRILLIC, _LATIN)
    )
    written = 2 * (kana + han) + hangul + cyrillic
    for code, script in _OTHER_SCRIPTS.items():
        letters = len(script.findall(text))
        if letters > written and 3 * letters >= latin:
            return code
    if not written or 3 * written < latin:
        return ""
    if max(kana + han, hangul, cyrillic) == kana + han:
        return "ja" if kana * 8 >= han else "zh"
    return "ko" if hangul >= cyrillic else "ru"


def _by_small_words(text: str) -> str:
    score = dict.fromkeys(_SMALL_WORDS, 0.0)
    words = _WORD.findall(text)
    for word in words:
        languages = _LANGUAGES_OF.get(word, ())
        for code in languages:
            score[code] += 1 / len(languages)
    for code, letters in _ONE_LANGUAGE.items():
        score[code] += 0.5 * sum(text.count(letter) for letter in letters)
    best = max(score, key=lambda code: score[code])
    return best if score[best] > (0 if best == "en" else LEAST_SHARE * len(words)) else UNKNOWN
