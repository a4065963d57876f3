"""Cutting a message into sentences that can be quoted, and telling facts from wishes, questions and ifs.

A sentence is cut into clauses, because one sentence often states a fact and asks a question about it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Mood = Literal["fact", "need", "wish", "question", "condition"]

MOST_CHARACTERS = 12_000
"""Reading stops here; a message of this length has said what it is about."""

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "‑": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "“": '"', "”": '"'}
)
_ABBREVIATED = r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bca\.)(?<!\bapprox\.)(?<!\bvs\.)(?<!\bz\.b\.)(?<!\bbzw\.)"
_END = re.compile(rf"(?<=[.!?;]){_ABBREVIATED}\s+|[\n\r]+|(?<=[。！？；])")
_BREAK = re.compile(
    r",(?!\d)|[:()，、：（）]| - | -- |—"
    r"|\s(?=(?:but|because|while|although|though|whereas|yet|so that|aber|mais|pero|però|mas)\s)"
    r"|\s(?=(?:if|when|whenever|once|unless|as long as|wenn|falls|sobald|cuando|quando|quand)\s)"
    r"|\s(?=and (?:i|we|it|they|the|then|now|our|my|\d)\b)|\s(?=so (?:i|we|it|they|the)\b)"
)
_WHO = (
    r"(?:i|we|they|he|she|you|people|someone|everyone|(?:\w+ )?(?:boss|ceo|cto|cfo|pm|team|manager"
    r"|management|lead|"
    r"investors?|board|leadership|client|customers?|founder|colleagues?|director|stakeholders?|exec\w*"
    r"|legal|chef|bosses))"
)
_ADVERB = r"(?: (?:really|just|now|also|all|currently|rather|still|only|even|then|already|actually))?"
_WISH = re.compile(
    rf"\b{_WHO}(?:'d| would|'re|'m|'s| am| are| is| was| were|'ve| have| has)?{_ADVERB} "
    r"(?:wants?|wanted|wish(?:es)?|hop(?:e|es|ing)|(?:like|love|prefer) (?:to|it|an?|the)\b|plan(?:s"
    r"|ning)?|consider(?:s|ing)?|"
    r"thinking|think (?:of|about|we|i|it)|thought|wonder(?:ing)?|insists?|push(?:es|ing)|demands?"
    r"|ask(?:s|ed|ing)? (?:for|me to|us to|whether|if)|"
    r"intend|going to|keeps? asking|would|wouldn't|might|may|could|should|shall|tempted|about to"
    r"|looking (?:to|for|into|at)|"
    r"told (?:me|us) (?:to|that|we|i)|says? (?:we|i|that|to|it's)|said (?:we|i|to)|suggest\w*"
    r"|propos\w*|recommend\w*|advis\w*|"
    r"believes?|expects?|reckons?|heard|read (?:that|about|the words?)|been told|will|dreams?)\b"
    r"|^thinking\b|\b(?:one idea|the mandate|idea:|(?:i|we|they)'(?:ll|d)|would it|would (?:like|love)"
    r"|(?:want|wants|hoping|hope|plan|aim|trying|try|decided|planning|intend|tempted|told|advised"
    r"|asked|supposed|going) to"
    r"|the (?:plan|idea|goal|aim|dream|intention|next step) (?:is|was)|(?:my|our) (?:plan|idea|goal"
    r"|aim|hope|guess|dream|intention|next)|plan is|planning on"
    r"|whether (?:to|i|we|it|a|an|the)|instead of|rather than|versus|which is better|someday"
    r"|eventually|hopefully|maybe we|perhaps we"
    r"|thinking (?:of|about)|considering|proposed|suggest(?:s|ed)|recommend(?:s|ed)|promised|insists?"
    r"|wants|says? (?:rag|fine|lora|it's|we|i|to)|said (?:rag|fine|lora|we|i|to)|looking (?:to|into)"
    r"|in order to|so (?:that )?(?:i|we|it) can|before (?:i|we)|let's|pitch\w*)\b"
    r"|\b(?:wir|ich|man|er|sie|chef\w*) (?:will|wollen|möchten?|sollen|sollten?|würden?|könnten?"
    r"|überleg\w+|plan\w+)\b|\bschlägt\b"
    r"|\b(?:voudr\w+|veut|voulons|veulent|veux|aimerais|aimerions|envisag\w+|faut-il|quier\w+|queremos"
    r"|quisier\w*|gustaría|pens(?:amos|ando) (?:en|em)|planeamos"
    r"|quer(?:o|ia|em)|gostar\w+|vorre\w+|vogliamo|voglio|vuole)\b|想(?:要|把|用|让|做|给|微调|训练)|打算|希望|计划|準備"
    r"|准备|考虑|たい(?:です|と|。|$)|検討"
)
_NEED = re.compile(
    r"\b(?:needs?|must|has to|have to|should|required?|supposed|muss|müssen|doit|doivent|debe|deben"
    r"|deve|devem)\b|必须|需要"
)
_IF = re.compile(
    r"^(?:(?:and|but|so|or|even|only|also|then|especially|und|et|y|e) )?(?:if|unless|once"
    r"|when(?:ever)?|as soon as|suppose|assuming|in case|what if|wenn|falls|sobald|si|quand|cuando|se"
    r"|quando|"
    r"as long as)\b|^.{0,6}(?:如果|要是|假如)"
)
_ASKING = re.compile(
    r"^\W*(?:(?:so|and|but|or|ok|hi|hello|hey|also|then|question|und|oder|et|ou|y|o|e|my question is"
    r"|i wonder|any(?:one|body)?|does|has)\W+)?"
    r"(?:how|what|which|when|where|who|should|could|can|would|will|do|does|did|is|are|was|am|has|have"
    r"|any(?:one|body|thing)?|shall|may|"
    r"wie|was|welche\w*|soll\w*|kann|können|könnte|ist|sind|gibt|lohnt|comment|quel\w*|est-ce|faut-il"
    r"|peut-on|puis-je|y a-t-il|"
    r"cómo|qué|cuál\w*|puedo|podemos|hay|debo|debería\w*|como|qual|quais|posso|devo|vale|conviene|come"
    r"|quale|has any\w*)\b"
)
_ASKING_ANYWAY = re.compile(
    r"^\W*(?:(?:so|and|but|or|hi|hello|hey|also|then)\W+)?(?:(?:should|would|could|can|shall) (?:i|we"
    r"|you|it|a|an|the|lora|rag|fine)\b"
    r"|how (?:do|can|should|to|would)\b|what if|(?:which|what|how many)\b.{0,30}\b(?:do|should"
    r"|can) (?:i|we)\b|any(?:one|body)\b|has any(?:one|body)|is there (?:a|any)|is it (?:possible"
    r"|worth|better))"
)
_EITHER = re.compile(r"^\W*(?:or|oder|ou|o|还是)\b|\b(?:or|oder|ou)\b")
_WHY = re.compile(
    r"^\W*(?:\w+ )?(?:why|how come|warum|wieso|pourquoi|por qué|por que|perché)\b"
    r"|为什么|怎么(?:还|总|老)|なぜ"
)
_FRESH = re.compile(
    r"^\W*(?:(?:and|but|so|because|while|although|though|yet|now|then|currently|right now|today"
    r"|already|unfortunately|aber|mais|pero|mas|però)\W+)*"
    r"(?:i|we|it|they|he|she|the|our|my|there|this|that|these|those|got|have|has|had|currently|\d"
    r"|about \d|around \d|no|nobody|wir|ich|es|der|die|das|on|nous|"
    r"il|la|el|le|les|los|os|as|it's|there's|i've|we've|i'm|we're|that's)\b"
)
_DENIED = re.compile(
    r"(?:\b(?:no|not|never|rarely|seldom|without|nobody|none|neither|nor|cannot|hardly|barely|zero|stopped|lacks?"
    r"|instead of|used to|kein\w{0,2}|nicht|nie|ohne|pas|jamais|sans|aucune?|nunca|sin|não|sem"
    r"|nem|non|senza|mai)\b|n't\b|\b(?:dont|didnt|havent|isnt|doesnt|cant)\b|没|沒|未|不|无|别)"
    r"(?! (?:matter|only|just|sure|know|understand|get why|see why"
    r"|idea|figure|surprise|wonder|good|great|problem)\b)"
    r"(?!能|好|准|行|知|对|是很|同|够|过)"
)
_DENIAL_REACHES = 45
"""How many characters after a "not" are still denied, within its clause."""

MOST_WORDS = 25
"""The length of a quote."""
_SHORT = 18
_EDGES = " \t\r\n,:;()-–—，、：；（）"
_WORD = re.compile(r"\S+")
_QUESTION = re.compile(r"[?？]\W*$")
_ASKED_IN_CHINESE = re.compile(r"怎么|如何|吗|是不是|能不能|有没有|哪|什么|请问|还是|か？|でしょう")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a message, by its place in the message, and how it is meant."""

    start: int
    end: int
    mood: Mood


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of the message, verbatim, where it starts, and the clauses it is made of."""

    text: str
    start: int = 0
    clauses: tuple[Clause, ...] = ()

    @property
    def end(self) -> int:
        """Where it ends in the message."""
        return self.start + len(self.text)

    @property
    def stated(self) -> bool:
        """Whether it says, in any clause, how things are."""
        return any(clause.mood in ("fact", "need") for clause in self.clauses)

    def clause_at(self, position: int) -> Clause:
        """The clause at a place in the message."""
        for clause in self.clauses:
            if position < clause.end:
                return clause
        return self.clauses[-1]


def fold(text: str) -> str:
    """The text in lower case with plain quotes, dashes and spaces, each character in its old place."""
    plain = text.translate(_PLAIN)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in plain)


def sentences(message: str) -> Iterator[Sentence]:
    """The message's sentences in order, without the white space around them."""
    read = message[:MOST_CHARACTERS]
    folded = fold(read)
    position = 0
    for stop in [*_END.finditer(folded), None]:
        end = stop.start() if stop else len(read)
        raw = read[position:end]
        text = raw.strip()
        if text:
            start = position + raw.index(text)
            yield Sentence(text, start, tuple(_clauses(folded, start, start + len(text))))
        position = stop.end() if stop else end


def _clauses(folded: str, start: int, end: int) -> Iterator[Clause]:
    asked = bool(_QUESTION.search(folded, max(start, end - 8), end))
    cuts = [cut.start() for cut in _BREAK.finditer(folded, start, end) if start < cut.start() < end]
    spans = list(zip([start, *cuts], [*cuts, end], strict=True))
    choice = asked and len(spans) < 4 and _EITHER.search(folded[spans[-1][0] : end].lstrip(" ,"))
    before: Mood = "question" if choice and not _FRESH.search(folded[start:end]) else "fact"
    for at, (left, right) in enumerate(spans):
        last = at == len(spans) - 1
        before = _mood(folded[left:right], before, asked=asked, last=last)
        yield Clause(left, right, before)


def _mood(words: str, before: Mood, *, asked: bool, last: bool) -> Mood:
    """How a clause is meant, given the clause before it in the sentence."""
    bare = words.lstrip(" ,:()-—，、：（）")
    if _WHY.search(bare):
        return "fact"
    if asked and (before == "question" or _ASKING.search(bare) or (last and not _FRESH.search(bare))):
        return "question"
    if _ASKING_ANYWAY.search(bare) or (asked and last and _ASKED_IN_CHINESE.search(bare)):
        return "question"
    if wish := _WISH.search(bare):
        return "wish" if wish.start() < 60 or before == "wish" else before
    if _IF.search(bare):
        return "condition"
    if before in ("wish", "condition") and not _FRESH.search(bare):
        return before
    return "need" if _NEED.search(bare) else "fact"


def denied(folded: str, clause: Clause, start: int, end: int) -> bool:
    """Whether a "no", "never" or "not" in the words or shortly before them, in their clause, denies them."""
    return _DENIED.search(folded, max(clause.start, start - _DENIAL_REACHES), end) is not None


def quote(message: str, sentence: Sentence, start: int, end: int) -> str:
    """The short sentence, or else the clauses, or else the words around a place in the message, verbatim."""
    if _length(sentence.text) <= _SHORT:
        return sentence.text
    left = sentence.clause_at(start).start
    right = sentence.clause_at(max(start, end - 1)).end
    text = message[left:right].strip(_EDGES)
    if text and _length(text) <= MOST_WORDS:
        return text
    return _around(message, left, right, start, min(end, start + 120))


def _length(text: str) -> int:
    """How many words; eight letters without a space count as one, for Chinese and Japanese."""
    return max(len(text.split()), len(text) // 8)


def _around(message: str, left: int, right: int, start: int, end: int) -> str:
    """The place and some words on both sides, cut between words where there is any space."""
    left, right = max(left, start - 30), min(right, end + 30)
    while left < start and left and message[left - 1].isalnum() and message[left].isascii():
        left += 1
    while right > end and right < len(message) and message[right].isalnum() and message[right - 1].isascii():
        right -= 1
    words = list(_WORD.finditer(message, left, right))[:MOST_WORDS]
    return message[words[0].start() : words[-1].end()].strip(_EDGES) or message[start:end].strip()
