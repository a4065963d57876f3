"""The language of a message is told by its script or by its small words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.language import language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Our support bot keeps inventing refund rules, should we fine-tune it?", "en"),
        ("Unser Bot erfindet Rückgaberegeln, sollen wir ihn trainieren?", "de"),
        ("Notre assistant invente des règles, faut-il entraîner un modèle sur nos tickets ?", "fr"),
        ("Nuestro bot se inventa las reglas, ¿tenemos que entrenar un modelo?", "es"),
        ("Nosso bot inventa as regras, não sei se devemos treinar um modelo.", "pt"),
        ("Il nostro assistente si inventa le regole, conviene addestrare un modello?", "it"),
        ("Onze bot verzint regels, moeten we het model trainen op onze tickets?", "nl"),
        ("我们的客服机器人老是乱编退款规则，需要微调 Llama 吗？", "zh"),
        ("サポートのボットが返金ルールを作り話します。ファインチューニングすべき？", "ja"),
        ("고객 지원 봇이 환불 규칙을 지어냅니다. 파인튜닝해야 하나요?", "ko"),
        ("Наш бот выдумывает правила возврата, нужно ли дообучать модель?", "ru"),
        ("```python\nfor x in y: pass\n``` Warum ist das so langsam und falsch?", "de"),
        ("", "und"),
        ("404 {} ->", "und"),
    ],
)
def test_a_message_is_recognised(text: str, code: str) -> None:
    assert language_of(text) == code


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert language_of(text) in {"en", "de", "fr", "es", "pt", "it", "nl", "zh", "ja", "ko", "ru", "und"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("لا يجيب المساعد عن الأسئلة بشكل صحيح", "ar"),
        ("הבוט שלנו עונה תשובות שגויות", "he"),
        ("Το bot μας δίνει λάθος απαντήσεις", "el"),
        ("แชทบอทของเราตอบผิด", "th"),
        ("हमारा चैटबॉट गलत जवाब देता है", "hi"),
    ],
)
def test_a_script_of_its_own_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
