"""Measures which questions are answered from the guidance, and which honestly not.

The easy and hard questions are about the guidance; the others below are about anything else. Half of each
were looked at while the limits were chosen (`tune`), the others not.
Run with: python -m tests.bench.search_refusal
"""

from knowledge.library import Library
from tests.bench.search_quality import SEED, asked

ELSEWHERE = """
what is the meaning of life?
what is the capital of France?
how do I reset my password?
which laptop should I buy?
who won the world cup in 2022?
what is the best recipe for banana bread?
how tall is Mount Everest?
when does the cafeteria open?
how many days of parental leave do I get?
can you book a meeting room for Tuesday?
what's the weather like tomorrow?
who is the head of marketing?
how do I train for a marathon?
should I fix my mortgage rate now?
is it cheaper to rent or to buy a flat?
what stops a baby from crying at night?
how do I tune a guitar?
which model of car is most reliable?
how do I retrieve a deleted email?
can I replace butter with oil in a cake?
what should I label my moving boxes?
how long does it take to learn Spanish?
do vaccines lower the risk of flu?
when should a startup hire a lawyer?
who wrote the data protection act?
where do I send my expense report?
why is my code review still pending?
how do I merge two git branches?
which database should we use for billing?
how do I centre a div?
what causes inflation?
is the office closed on Friday?
what is a good gift for a colleague?
how do I prompt my cat to come inside?
what is the fastest way to the airport?
can a landlord raise the rent early?
how do I change the tyres of my bike?
what does the fox say?
tell me a joke
who are you?
""".strip().split("\n")


def main() -> None:
    """Print the share of questions answered, for each kind and half."""
    for named, document in (("handbook alone", None), ("with the article", SEED)):
        library = Library(":memory:")
        if document:
            library.add(document, name="article")
        groups = {
            f"{kind} {split}": [
                question["query"]
                for question in asked()
                if (question["kind"], question["split"]) == (kind, split)
            ]
            for kind in ("easy", "hard")
            for split in ("tune", "report")
        }
        groups |= {"elsewhere tune": ELSEWHERE[::2], "elsewhere report": ELSEWHERE[1::2]}
        for group, questions in groups.items():
            answered = [question for question in questions if library.answer(question)]
            print(f"{named:16} {group:16} answered {len(answered)}/{len(questions)}")
            if group.startswith("elsewhere"):
                print(*(f"    {question}" for question in answered), sep="\n")


if __name__ == "__main__":
    main()
