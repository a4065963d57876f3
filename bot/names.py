"""What the fixed words of the product are called in a sentence."""

LEVERS = {
    "prompt": "prompting",
    "rag": "retrieval",
    "workflow": "workflow",
    "fine_tune": "fine-tuning",
    "hybrid": "a mix",
    "not_ready": "not ready: define and measure the task first",
    "switch_model": "another model",
}

ONE_WORD = {**LEVERS, "not_ready": "not ready"}
"""The levers as a person types them."""

DIAGNOSES = {
    "knowledge": "knowledge",
    "workflow": "workflow",
    "behavior": "behaviour",
    "undefined": "the task is not defined yet",
}

LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
}
