"""Make the handbook's vectors (`knowledge/handbook.npz`), which take too long to make at a first start.

Run by `make train`. A section has a vector for its text and one for each question that it is known to answer,
as bytes: rounding them so changes no ranking that was measured, and halves the file. They are kept under the
digest of the section's content, so a section that was changed since is found by its words alone until this is
run again.
"""

import numpy as np

from knowledge.dense import PACKAGED, ROUNDED
from knowledge.encoder import load
from knowledge.handbook import read_handbook
from knowledge.vectors import handbook_views


def main() -> None:
    """Encode every section and write the file."""
    encoder = load()
    assert encoder is not None, "training needs the encoder"
    drafts = [section.draft() for file in read_handbook() for section in file.sections]
    texts = [handbook_views(draft.passage.heading, draft.passage.text, draft.also) for draft in drafts]
    vectors = np.array([encoder.encode(text).vector for views in texts for text in views])
    np.savez_compressed(
        PACKAGED,
        digests=np.array([draft.digest for draft in drafts]),
        counts=np.array([len(views) for views in texts], dtype=np.uint8),
        vectors=np.rint(vectors * ROUNDED).astype(np.int8),
    )
    print(f"{len(drafts)} sections, {len(vectors)} vectors, {PACKAGED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
