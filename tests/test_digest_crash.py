"""A process is killed at each of its looks at the clock while it posts; the next one ends the work."""

import json
import subprocess
import sys
from datetime import timedelta

from storage.subscriptions import Rhythm
from tests.bot_fixtures import ROOT
from tests.weekly_fixtures import HERE, team

DIES = """
import itertools, json, os, shutil, signal, sys
from datetime import datetime, timedelta
from pathlib import Path
from bot.outgoing import Outbound
from bot.weekly import Weekly
from storage.database import DatabaseFile
from storage.digests import Digests
from storage.log import Log
from storage.outcomes import Outcomes
from storage.posts import Posts
from storage.subscriptions import Subscriptions
from storage.week import Weeks

base, moment = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])

def work(path, board, now):
    with DatabaseFile(path, now) as file:
        log = Log(file)
        weekly = Weekly(Weeks(file), Subscriptions(file), Digests(file), Outcomes(file), log, "w", now)
        weekly.tick(["slack"])
        outbound = Outbound(log, Posts(file), "w", now)
        while (going := outbound.claim("slack")) is not None:
            number = str(going.sending.id)
            if going.sending.attempt == 1 or number not in board.read_text().split():
                now()
                with board.open("a") as lines:
                    lines.write(number + "\\n")
                now()
            outbound.delivered(going.sending, number)

killed, posts = 0, []
for seam in itertools.count(1):
    path, board = base.with_name(f"{seam}.db"), base.with_name(f"{seam}.txt")
    shutil.copy(base, path)
    board.touch()
    child = os.fork()
    if child == 0:
        looks = itertools.count(1)
        def now():
            if next(looks) == seam:
                os.kill(os.getpid(), signal.SIGKILL)
            return moment
        work(path, board, now)
        os._exit(0)
    survived = os.waitpid(child, 0)[1] == 0
    work(path, board, lambda: moment + timedelta(minutes=10))
    posts.append(board.read_text().split())
    if survived:
        break
    killed += 1
print(json.dumps([killed, posts]))
"""


def test_a_kill_at_any_look_at_the_clock_leaves_one_digest_and_its_details(tmp_path):
    with team(tmp_path) as built:
        built.subscriptions.put(HERE, Rhythm(), "U1")
        built.decide("1", "Support bot", lever="rag")
        moment, path = built.now + timedelta(days=6), built.file.path
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(path), moment.isoformat()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    killed, posts = json.loads(done.stdout)
    assert killed > 12
    assert all(len(found) == 2 == len(set(found)) for found in posts)
