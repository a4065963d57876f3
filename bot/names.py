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
    "ar": "Arabic",
    "bn": "Bengali",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hy": "Armenian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "ta": "Tamil",
    "th": "Thai",
    "zh": "Chinese",
}

UNTITLED = "a thread without a title"
"""What was only opened has none, and neither has what is kept no longer."""
