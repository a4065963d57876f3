"""Where a reply is shown while it is still being written.

`draft` is NULL where nothing is shown. It is '' from just before the platform is asked to show something
until the answer has come, so that after a kill one knows to look for it; then it is the post's id.
"""

DRAFTS = ["ALTER TABLE inbox ADD COLUMN draft TEXT"]
