"""Make the handbook's vectors (`knowledge/handbook.npz`), which take too long to make at a first start.

Run by `make train`. Each vector is kept under the digest of its section's content, so a section that was
changed since is found by its words alone until this is run again.
"""

import numpy as np

from knowledge.dense import PACKAGED
from knowledge.encoder import load
from knowledge.handbook import read_handbook
from knowledge.vectors import views


def main() -> None:
    """Encode every section and write the file."""
    encoder = load()
    assert encoder is not None, "training needs the encoder"
    drafts = [section.draft() for file in read_handbook() for section in file.sections]
    vectors = [encoder.encode(views(draft.passage.heading, draft.passage.text)[0]).vector for draft in drafts]
    digests = np.array([draft.digest for draft in drafts])
    np.savez_compressed(PACKAGED, digests=digests, vectors=np.array(vectors, dtype=np.float16))
    print(f"{len(drafts)} sections, {PACKAGED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
