"""Reading a typed answer to an open question: a number of the list, an amount, words, or "not sure"."""

import re

from decision.evidence import NOT_SURE, Evidence
from decision.quantities import amounts, option_for
from decision.sentences import fold
from decision.verdict import Option, Question

_NOT_SURE = re.compile(
    r"^\W*(?:(?:well|hmm*|honestly|actually|sorry|tbh)\W+)?"
    r"(?:(?:(?:i|we)(?:'m|'re| am| are| have)? )?(?:really |honestly )?"
    r"(?:(?:not|un)[ -]?(?:really |so |quite )?sure|no (?:idea|clue)"
    r"|(?:do ?n[o']?t|do not) (?:really )?know"
    r"|idk|dunno|can(?:'?t|not) (?:say|tell)|hard to say|no opinion)"
    r"|(?:das )?wei(?:ß|ss) (?:ich |wir )?(?:das )?nicht|(?:ich habe )?keine ahnung|je (?:ne )?sais pas"
    r"|no (?:lo )?sé|não sei|non (?:lo )?so)\b"
    r"|^\W*(?:skip(?: it| this)?|pass|不知道|不清楚|わからない|分かりません|不确定)\W*$",
    re.IGNORECASE,
)
_TRAILS_OFF = re.compile(
    r"\W*(?:(?:really|yet|sorry|honestly|to be honest|tbh|about (?:that|this|it)"
    r"|at (?:all|the moment)|right now|off ?hand|which(?: one)?"
    r"|what you mean|any ?more|either|though|actually|, ?skip)\W*)*",
    re.IGNORECASE,
)
"""What may follow "not sure" without saying anything else."""
_TURNS = re.compile(
    r"[;:!?\n]|[,.](?!\d)|\b(?:but|though|however|rather|probably|aber|mais|pero|mas|ma)\b", re.IGNORECASE
)
"""Where another thing begins to be said."""
_DENIES = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|nor|neither|without|except|hardly|isn't|aren't|wasn't|don't|doesn't"
    r"|didn't|can't|cannot|won't|nicht|kein\w*|nie|pas|jamais|sin|sem|senza|não|non)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"^\W*(?:none(?: of (?:these|them|those))?|nothing(?: yet)?|no|nope|nichts|rien|nada)\W*$", re.I
)
_LIST = re.compile(
    r"^[\s#(]*(?:(?:option|number|answer|nr|no)s?\.? ?)?\d{1,2}(?:\s*(?:,|and|&|\+|\s)\s*\d{1,2})*\W*$", re.I
)
_PARTS = re.compile(r",|;|\+|&|/|\n|\band\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_YES = re.compile(
    r"^\W*(?:(?:yes|yep|yeah|yup|correct|right|true|sure|ja|oui|sí|si|sim)\b|是|对|はい)", re.IGNORECASE
)
_NO = re.compile(
    r"^\W*(?:(?:no|nope|nah|nein|non|não)\b|不|没|いいえ)(?!\s+(?:idea|clue|opinion))", re.IGNORECASE
)
_GOES_ON = re.compile(r"^\W*\w+\W+(?:but|and|because|though|aber|mais|pero)\b", re.IGNORECASE)
_ROUND_WORDS = (
    "about around roughly approximately approx circa ca maybe some we have currently only just over nearly "
    "examples example pairs items cases requests calls tokens a per month monthly of them the total in all"
)
_ROUND = frozenset(_ROUND_WORDS.split())
"""Words that may stand beside a bare number without changing what it counts."""
_COUNTED = frozenset({"volume", "prompt_size", "test_examples", "training_pairs"})
_SHARED = frozenset({"label_agreement", "facts_test"})
_LABELLED = 20
"""The question about label_agreement asks how many of 20 matched."""
_EMPTY_WORDS = "the a an of or and to is it in on we i yes no very about than only there hello this that"
_EMPTY = frozenset(_EMPTY_WORDS.split())
_ASKING_WORDS = "they you your what would how often much many which does do sure not our"
_ASKING = frozenset(_ASKING_WORDS.split())
"""Words of any question, which do not tell what it is about."""

MOST_WORDS_OF_A_YES = 3
MOST_WORDS = 12
"""A longer message is a description, not the name of an option."""


def read_answer(message: str, question: Question) -> tuple[Evidence, ...]:
    """The evidence that a typed answer gives, or none when it does not answer the question."""
    text = fold(message).strip()
    named = _by_name(text, question)
    tapped = () if named else _by_number(text, question)
    if tapped:  # a number of the list is a choice and says nothing worth quoting
        return tuple(Evidence(question.factor, option.value, source="tap") for option in tapped)
    chosen = named or _by_amount(text, question) or _by_words(text, question)
    return tuple(Evidence(question.factor, option.value, quote=message.strip()) for option in chosen)


def plain_answer(message: str, question: Question) -> tuple[Evidence, ...]:
    """The evidence of an answer that leaves nothing to interpret: an option's number, name or amount."""
    text = fold(message).strip()
    plain = _by_name(text, question) or _by_number(text, question) or _by_amount(text, question)
    return read_answer(message, question) if plain or _bare_not_sure(text) else ()


def _bare_not_sure(text: str) -> bool:
    found = _NOT_SURE.match(text)
    short = len(_WORD.findall(text)) <= MOST_WORDS_OF_A_YES
    return found is not None and (short or not _WORD.search(text, found.end()))


def _by_name(text: str, question: Question) -> tuple[Option, ...]:
    """The option whose label or value is the whole answer."""
    said = _WORD.findall(text)
    return tuple(
        option
        for option in question.options
        if said and said in (_WORD.findall(option.label.lower()), _WORD.findall(option.value.lower()))
    )[:1]


def _by_number(text: str, question: Question) -> tuple[Option, ...]:
    if not _LIST.match(text):
        return ()
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if any(not 1 <= number <= len(question.options) for number in numbers):
        return ()
    chosen = tuple(question.options[number - 1] for number in dict.fromkeys(numbers))
    return chosen if question.many or len(chosen) == 1 else ()


def _by_amount(text: str, question: Question) -> tuple[Option, ...]:
    """The option that a bare amount falls into, such as "about 30" or "2 million"."""
    found = list(amounts(text))
    if len(found) != 1:
        return ()
    amount = found[0]
    if not {*_WORD.findall(text[: amount.start]), *_WORD.findall(text[amount.end :])} <= _ROUND:
        return ()
    if (amount.kind == "share" and question.factor in _SHARED) or (
        amount.kind == "count" and question.factor in _COUNTED
    ):
        value = option_for(question.factor, amount.value)
    elif amount.kind == "count" and question.factor == "label_agreement" and amount.value <= _LABELLED:
        value = option_for(question.factor, amount.value / _LABELLED)
    else:
        return ()
    return tuple(option for option in question.options if option.value == value)


def _by_words(text: str, question: Question) -> tuple[Option, ...]:
    unsure = _NOT_SURE.match(text)
    if unsure:
        return _after_doubt(text[unsure.end() :], question)
    if question.many and _NONE.match(text):
        return _not_sure(question)
    if len(_WORD.findall(text)) > MOST_WORDS:
        return ()
    if question.many and len(parts := [part for part in _PARTS.split(text) if part.strip()]) > 1:
        named = [option for part in parts for option in _nearest(part, question)]
        return tuple(dict.fromkeys(named))
    return _nearest(text, question) or _yes_or_no(text, question)


def _after_doubt(rest: str, question: Question) -> tuple[Option, ...]:
    """What "not sure" answers: the question, unless an answer follows it or something else is in doubt."""
    if _TRAILS_OFF.fullmatch(rest):
        return _not_sure(question)
    turn = _TURNS.search(rest)
    said = _by_words(rest[turn.end() :], question) if turn else ()
    if said:
        return said
    doubted = rest[: turn.start()] if turn else rest
    about = _words(question.text) | _words(question.factor.replace("_", " "))
    known = about.union(*(_words(option.label) for option in question.options)) - _ASKING
    return _not_sure(question) if not _words(doubted) or _words(doubted) & known else ()


def _not_sure(question: Question) -> tuple[Option, ...]:
    return tuple(option for option in question.options if option.value == NOT_SURE)


def _nearest(text: str, question: Question) -> tuple[Option, ...]:
    """The one option that shares most words with the answer, and at least half of them.

    What is denied names no option but one that is itself a denial.
    """
    options: tuple[Option, ...] = question.options
    if _DENIES.search(text):
        plain = " ".join(part for part in _TURNS.split(text) if not _DENIES.search(part))
        if plain.strip():
            return _nearest(plain, question)
        options = tuple(o for o in options if o.value != NOT_SURE and _DENIES.search(o.label))
    said = _words(text)
    if all(word.isdigit() for word in said) or not options:
        return ()
    scored = sorted(((_fit(said, option), option) for option in options), key=lambda pair: -pair[0])
    if len(scored) == 1:
        return (scored[0][1],) if scored[0][0] >= 0.5 else ()
    (best, option), (second, _) = scored[0], scored[1]
    return (option,) if best >= 0.5 and best > second else ()


def _fit(said: frozenset[str], option: Option) -> float:
    label = _words(option.label) | _words(option.value.replace("_", " "))
    return len(said & label) / min(len(said), len(label)) if label else 0.0


def _yes_or_no(text: str, question: Question) -> tuple[Option, ...]:
    """A bare yes or no answers a question whose labels begin so; "none" is a no as well."""
    short = len(_WORD.findall(text)) <= MOST_WORDS_OF_A_YES
    if not short and not _GOES_ON.match(text):  # "no wait, it is ..." says something else
        return ()
    wanted = ("yes",) if _YES.match(text) else ("no", "none") if _NO.match(text) else ()
    fitting = [
        option for option in question.options if {*_WORD.findall(option.label.lower())[:1]} & {*wanted}
    ]
    return tuple(fitting) if len(fitting) == 1 else ()


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in _WORD.findall(text.lower())) - _EMPTY
