"""What a person states is read with their own words; what they wish, ask or deny is not."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.evidence import Evidence
from decision.phrases import _patterns, compiled, read_phrases, rules
from decision.policy import packaged
from decision.sentences import MOST_WORDS, sentences

ENGLISH = [
    ("It gets 2M requests a month with a 9,000 token prompt.", "volume", "1m_to_10m"),
    ("It gets 2M requests a month with a 9,000 token prompt.", "prompt_size", "4k_to_20k"),
    ("Our category list is rewritten every week.", "goal_stability", "weekly"),
    ("Ops renames our routing queues basically every Monday.", "goal_stability", "weekly"),
    ("Our two annotators argue about a third of them.", "label_agreement", "poor"),
    ("Someone could die if our symptom checker is wrong.", "error_cost", "safety"),
    ("The other 5% scare our lawyers.", "error_cost", "safety"),
    ("We pasted the facts in. Four of ten came right.", "facts_test", "sometimes"),
    ("About 1 in 12 responses can't be parsed.", "symptom", "broken_format"),
    ("There is a chatty sentence before the brace.", "symptom", "broken_format"),
    ("Our HR handbook, 120 pages, is all it needs.", "reference_material", "fits_in_prompt"),
    ("How do we best fine tune gpt-4o-mini?", "model", "openai"),
    ("We want to fine-tune Llama 3 on it.", "model", "open_weights"),
    ("We've a fine-tuned grammar corrector that works nicely.", "standing", "works"),
    ("We've a fine-tuned grammar corrector that works nicely.", "tried", "fine_tuning"),
    ("The small model gets 60 %, the big model 95 % on the same cases.", "standing", "strong_passes"),
    ("Quality is fine, but finance wants the cost down.", "symptom", "cost_or_speed"),
    ("we don't have labels yet, only a prompt", "training_pairs", "none"),
    ("There is no eval set.", "test_examples", "none"),
    ("We never measured anything.", "test_examples", "none"),
    ("It isn't the tone, it gets the facts wrong.", "style_gap", "no"),
    ("We get 2M tickets a month.", "volume", "1m_to_10m"),
    ("It handles 90k messages a day", "volume", "1m_to_10m"),
    ("We have about 300 labelled examples.", "training_pairs", "200_to_999"),
    ("We fine-tuned llama on 2,300 Q/A pairs.", "training_pairs", "1000_plus"),
    ("The system prompt is 3,000 tokens.", "prompt_size", "1k_to_4k"),
    ("The handbook has 120 pages.", "reference_material", "fits_in_prompt"),
    ("The knowledge base has 1,100 articles.", "reference_material", "large"),
    ("It has to answer within 300 ms.", "latency", "under_500ms"),
    ("Visitors need an answer in under two seconds.", "latency", "under_2s"),
    ("We have an eval set of 40.", "test_examples", "20_to_49"),
    ("Two annotators labelled the same items and 19 of 20 matched.", "label_agreement", "high"),
    ("Two people labelled it, kappa .81", "label_agreement", "high"),
    ("We have a dozen labelled examples", "training_pairs", "under_50"),
    ("We have a few hundred labelled tickets", "training_pairs", "200_to_999"),
    ("We have thousands of question-answer pairs", "training_pairs", "1000_plus"),
    (
        "The prices change daily. Sorry, actually the prices change weekly, not daily.",
        "change_rate",
        "weekly",
    ),
    ("The policies change every week.", "change_rate", "weekly"),
    ("Once someone adds the article the answer is right.", "human_fix", "document"),
    ("A colleague just looks it up in the CRM.", "human_fix", "tool"),
    ("A colleague just looks it up in the handbook.", "human_fix", "document"),
    ("If I split it into steps it works.", "human_fix", "steps"),
    ("The interns do one per document and merge them.", "human_fix", "steps"),
    ("If I paste the right agreement in ChatGPT myself the answer's correct", "facts_test", "always"),
    ("When we paste the policy into the prompt it is right every single time.", "facts_test", "always"),
    ("Even when I paste the page it still gets it wrong.", "facts_test", "no"),
    ("It ignores the retrieved context.", "facts_test", "no"),
    ("We fine-tuned gpt-4.1-mini on our API reference.", "tried", "fine_tuning"),
    ("Our RAG brings up the wrong page.", "retrieval_state", "wrong_page"),
    ("The right chunk is always in the top 3.", "retrieval_state", "right_page"),
    ("We don't have any retrieval.", "retrieval_state", "none"),
    ("It returns invalid JSON.", "symptom", "broken_format"),
    ("It answers in English although people write German.", "symptom", "ignores_instructions"),
    ("It cites pages that don't exist.", "symptom", "invented_facts"),
    ("Everything must run on-prem.", "hosting", "own_machines"),
    ("Our data can't leave our VPC.", "hosting", "own_cloud"),
    ("It keeps making the same mistake.", "failure_pattern", "same"),
    ("The same ticket gets a different label on every run.", "failure_pattern", "changes_on_retry"),
    ("Nobody here could retrain it.", "owner", "nobody"),
    ("We validate the JSON and retry when it fails.", "format_enforced", "retried"),
    ("Overnight is fine.", "latency", "batch"),
    ("A wrong answer costs us a customer.", "error_cost", "money"),
    ("The label set hasn't changed in two years.", "goal_stability", "stable"),
]

OTHER_LANGUAGES = [
    ("Wir haben Mistral schon feingetunt.", "tried", "fine_tuning"),
    ("Wenn ich den richtigen Absatz in den Prompt kopiere, stimmt die Antwort.", "facts_test", "always"),
    ("Die Preise ändern sich täglich.", "change_rate", "daily"),
    ("Wir haben keine gelabelten Daten.", "training_pairs", "none"),
    ("Wir haben 15.000 geprüfte Rechnungen.", "training_pairs", "1000_plus"),
    ("Wir bekommen 40.000 Anfragen im Monat.", "volume", "10k_to_100k"),
    ("Die Suche liefert die falsche Seite.", "retrieval_state", "wrong_page"),
    ("Nous avons déjà fine-tuné un modèle.", "tried", "fine_tuning"),
    ("Nous avons 15 000 réclamations étiquetées à la main.", "training_pairs", "1000_plus"),
    ("Quand je colle le bon article, la réponse est juste.", "facts_test", "always"),
    ("Les tarifs changent chaque semaine.", "change_rate", "weekly"),
    ("La recherche renvoie le mauvais document.", "retrieval_state", "wrong_page"),
    ("Nous recevons 3000 demandes par jour.", "volume", "10k_to_100k"),
    ("Ya hemos entrenado un modelo con eso.", "tried", "fine_tuning"),
    ("Los precios cambian todos los días.", "change_rate", "daily"),
    ("Si pego el texto correcto, responde bien.", "facts_test", "always"),
    ("Tenemos 9.000 ejemplos etiquetados.", "training_pairs", "1000_plus"),
    ("Recibimos 20.000 mensajes al mes.", "volume", "10k_to_100k"),
    ("La búsqueda devuelve el documento equivocado.", "retrieval_state", "wrong_page"),
    ("Já treinamos um modelo com nossos dados.", "tried", "fine_tuning"),
    ("Quando colo o texto certo, a resposta sai certa.", "facts_test", "always"),
    ("Os preços mudam toda semana.", "change_rate", "weekly"),
    ("Temos 5.000 exemplos rotulados.", "training_pairs", "1000_plus"),
    ("São 30 mil mensagens por mês.", "volume", "10k_to_100k"),
    ("A busca traz o documento errado.", "retrieval_state", "wrong_page"),
    ("我们已经用LoRA微调过了。", "tried", "fine_tuning"),
    ("把正确的文档贴进去就答对了。", "facts_test", "always"),
    ("价格每天都在变。", "change_rate", "daily"),
    ("手上有2600条标注数据。", "training_pairs", "1000_plus"),
    ("每个月大概4万条点评。", "volume", "10k_to_100k"),
    ("检索出来的内容不相关。", "retrieval_state", "wrong_page"),
    ("Qwenをファインチューニングしました。", "tried", "fine_tuning"),
    ("正しい文書を貼ると正しく答えます。", "facts_test", "always"),
    ("料金は毎日変わります。", "change_rate", "daily"),
    ("ラベル付きデータがありません。", "training_pairs", "none"),
    ("月に3万件の問い合わせがあります。", "volume", "10k_to_100k"),
    ("検索結果が間違ったページです。", "retrieval_state", "wrong_page"),
]

NO_FACTS = [
    ("We want to fine-tune on our docs.", "tried"),
    ("Our CEO wants fine-tuning.", "tried"),
    ("We would like to collect 10k examples.", "training_pairs"),
    ("Should we fine-tune?", "tried"),
    ("We are thinking of RAG.", "tried"),
    ("Would it get better if I add retrieval?", "tried"),
    ("How many labelled examples do I need, 500?", "training_pairs"),
    ("Do 200 labelled examples do?", "tried"),
    ("Wir wollen ein Modell trainieren.", "tried"),
    ("Nous voudrions entraîner un modèle.", "tried"),
    ("Queremos entrenar un modelo.", "tried"),
    ("我们想微调一个模型。", "tried"),
    ("The invoice comes to $2,000 a month.", "volume"),
    ("It costs us 900 euros a month.", "volume"),
    ("Llama 3.1 70b on two cards", "training_pairs"),
    ("Someone told us to use RAG.", "tried"),
    ("weekly", ""),
    ("about 300", ""),
    ("no idea", ""),
]

NOT_TRIED = [
    ("Forget what I said about the change rate.", "baseline_prompt"),
    ("I fine-tuned my prompt for a week.", "fine_tuning"),
    ("It helps me fine tune a few scripts.", "fine_tuning"),
    ("We haven't tried few-shot.", "few_shot"),
    ("We never fine-tuned anything.", "fine_tuning"),
]


def values(message: str, factor: str) -> list[str]:
    return [item.value for item in read_phrases(message) if item.factor == factor]


@pytest.mark.parametrize(("message", "factor", "value"), ENGLISH)
def test_a_plain_statement_is_read(message: str, factor: str, value: str) -> None:
    assert value in values(message, factor)


@pytest.mark.parametrize(("message", "factor", "value"), OTHER_LANGUAGES)
def test_a_plain_statement_in_another_language_is_read(message: str, factor: str, value: str) -> None:
    assert value in values(message, factor)


@pytest.mark.parametrize(("message", "factor"), NO_FACTS)
def test_wishes_pressure_questions_and_bare_answers_are_no_facts(message: str, factor: str) -> None:
    assert [item for item in read_phrases(message) if not factor or item.factor == factor] == []


@pytest.mark.parametrize(("message", "thing"), NOT_TRIED)
def test_what_was_not_done_to_the_model_was_not_tried(message: str, thing: str) -> None:
    assert thing not in values(message, "tried")


@pytest.mark.parametrize(
    ("message", "factor"),
    [
        ("We have not built a prompt baseline.", "stage"),
        ("Our labels change every week.", "change_rate"),
        ("It reads 2M docs/month.", "reference_material"),
        ("It works well until the text is long.", "standing"),
    ],
)
def test_words_of_one_factor_are_not_taken_for_another(message: str, factor: str) -> None:
    assert values(message, factor) == []


def test_one_message_can_state_several_facts() -> None:
    found = read_phrases(
        "We run a RAG bot over 1,100 articles. The prices change weekly, there is no eval set, "
        "and we have 5k old chats. Should we fine-tune?"
    )
    assert {(item.factor, item.value) for item in found} >= {
        ("tried", "retrieval"),
        ("reference_material", "large"),
        ("change_rate", "weekly"),
        ("test_examples", "none"),
        ("training_pairs", "raw_logs"),
    }
    assert "fine_tuning" not in values("We run a RAG bot. Should we fine-tune?", "tried")


def test_a_question_after_a_comma_does_not_hide_the_fact_before_it() -> None:
    message = "We fine-tuned llama on 2,300 Q/A pairs, why does it still make things up?"
    assert values(message, "tried") == ["fine_tuning"]
    assert values(message, "training_pairs") == ["1000_plus"]


def test_a_why_question_takes_its_complaint_for_granted() -> None:
    assert values("Why does our RAG pull the wrong page every time?", "retrieval_state") == ["wrong_page"]


def test_a_correction_replaces_what_was_said_before() -> None:
    assert values("The prices change daily. Sorry, I meant the prices change weekly.", "change_rate") == [
        "weekly"
    ]
    assert values("The fees change weekly, not daily.", "change_rate") == ["weekly"]


def test_two_values_without_a_correction_are_both_in_doubt() -> None:
    [found] = [
        item
        for item in read_phrases("The prices change daily. The policies change every month.")
        if item.factor == "change_rate"
    ]
    assert found.certainty < 0.75
    assert found.alternatives


def test_a_fact_is_quoted_and_not_the_whole_message() -> None:
    [found] = [
        item
        for item in read_phrases(
            "Hi all, long time reader. We have 300 labelled examples. Thanks in advance!"
        )
        if item.factor == "training_pairs"
    ]
    assert found == Evidence("training_pairs", "200_to_999", "We have 300 labelled examples.", certainty=0.9)


def test_every_rule_names_a_factor_and_an_option_that_exist() -> None:
    policy = packaged()
    for rule in rules().rules:
        if rule.factor in policy.factors and rule.value:
            assert rule.value in policy.factors[rule.factor].options, rule
        for option in (rule.denied, rule.option):
            assert option in ("", "as_is", *policy.factors[rule.factor].options), rule


def test_every_pattern_compiles_and_has_bounded_gaps() -> None:
    for rule in rules().rules:
        for pattern in _patterns(rule.on, rule.says):
            compiled(pattern.text)
            assert not re.search(r"\)[*+]", pattern.text), pattern.text
        for guard in (rule.before, rule.needs, rule.unless):
            compiled(guard)


def check(message: str) -> None:
    for item in read_phrases(message):
        assert item.quote
        assert item.quote in message
        assert len(item.quote.split()) <= MOST_WORDS
        assert 0 < item.certainty <= 1


@given(st.text(max_size=400))
def test_any_text_is_read_and_quoted_word_for_word(message: str) -> None:
    check(message)


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [row[0] for row in ENGLISH + OTHER_LANGUAGES]
            + ["\n", "İ ß ŉ", "...", "?!", "🙂", "(", '"', " - "]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_mix_of_statements_is_quoted_word_for_word(message: str) -> None:
    check(message)


@given(st.text(max_size=300))
def test_sentences_stand_in_the_message_in_order(message: str) -> None:
    end = 0
    for sentence in sentences(message):
        assert message[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= end
        assert sentence.clauses[0].start == sentence.start
        assert sentence.clauses[-1].end == sentence.end
        end = sentence.end


HOSTILE = [
    "paste ",
    "we we've had ",
    "when i paste it ",
    "1",
    "past the the the right ",
    "prompt is has of ",
    "每天",
    ", and the ",
    "same different sometimes ",
    "tuned trained lora on with ",
    "?",
    "no never not n't ",
    "change update every ",
    "“’ ",
    "agree match 9/10 of 20 ",
    "he never assistant begins assistant ",
    "won't picks tools won't never up ",
    "de sem rag sin senza rag ",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_twelve_thousand_hostile_characters_are_read_quickly(part: str) -> None:
    message = (part * 12_000)[:12_000]
    read_phrases(message)
    begun = time.process_time()
    read_phrases(message)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "text",
    [
        "The right page is never found.",
        "The correct page rarely comes up.",
        "We have search but the right document is almost never retrieved.",
        "The relevant passage is not retrieved.",
    ],
)
def test_a_right_page_that_does_not_come_up_is_a_wrong_page(text):
    found = {item.factor: item.value for item in read_phrases(text)}
    assert found["retrieval_state"] == "wrong_page"


def test_pairs_and_a_test_set_in_one_breath_are_both_read():
    found = {
        item.factor: item.value for item in read_phrases("We have 3000 labelled pairs and a test set of 300.")
    }
    assert (found["training_pairs"], found["test_examples"]) == ("1000_plus", "200_plus")
