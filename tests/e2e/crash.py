"""crash - the counting side of crash.bats.

    crash.py send N DEVICE...     sends N numbered pushes to each in turn,
                                  again after each loss of the server, and
                                  prints what pushsend said
    crash.py count SENT USERS GOT-DEVICE... AWAY
                                  what was accepted = what was printed + what
                                  is queued for the one that stays away"""

import json
import os
import subprocess
import sys
import time
from collections import Counter

from raw import Failed, check

SEND = [os.environ['PUSH_BIN'] + '/pushsend', '-o', 'json']


def send(count, *devices):
    """A record is sent anew only if no line said that it was accepted, so
    it may be accepted twice, with two ids: title and id tell."""
    todo = [(d, n) for n in range(int(count)) for d in devices]
    end = time.monotonic() + 300
    while todo and time.monotonic() < end:
        batch, rest = todo[:500], todo[500:]
        text = ''.join(json.dumps({'to': 'device:' + d, 'title': str(n),
                                   'ref': '%s %d' % (d, n)}) + '\n'
                       for d, n in batch)
        p = subprocess.Popen(SEND, stdin=subprocess.PIPE, text=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        try:
            p.stdin.write(text)
            p.stdin.close()
        except BrokenPipeError:
            pass
        done = set()
        for line in p.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            r = json.loads(line)
            if 'id' in r and r['state'] in ('queued', 'sent', 'delivered'):
                done.add(r['ref'])
        p.wait()
        todo = [(d, n) for d, n in batch if '%s %d' % (d, n) not in done]
        if todo:
            time.sleep(0.05)
        todo += rest
    print('done', len(todo))


def count(sent, users, *rest):
    """Of each device: every accepted id came or waits; none came twice; the
    first appearances of the titles, in the order of their ids, go up."""
    accepted = {}
    for line in open(sent):
        if not line.startswith('{'):
            check(line == 'done 0\n', 'not everything could be sent', line)
            continue
        r = json.loads(line)
        if 'id' in r and r['state'] in ('queued', 'sent', 'delivered'):
            accepted.setdefault(r['to'].split(':')[1], {})[r['id']] = \
                int(r['ref'].split()[1])
    total = 0
    for path in rest[:-1]:
        device = path.split('-', 1)[1]
        want = accepted[device]
        ids = []
        for line in open(path):
            ids.append(json.loads(line)['id'])
        twice = [i for i, n in Counter(ids).items() if n > 1]
        lost = set(want) - set(ids)
        check(not lost, '%s: %d accepted and lost' % (device, len(lost)),
              sorted(lost)[:5])
        check(not twice, '%s: printed twice' % device, twice[:5])
        check(ids == sorted(ids), '%s: out of order' % device)
        # more than was told as accepted: stored just before a crash
        print('# %s: %d accepted, %d printed' % (device, len(want), len(ids)))
        total += len(want)
    away = rest[-1]
    queued = {u['user']: u['queued'] for u in
              (json.loads(line) for line in open(users))}
    check(queued[away] >= len(accepted[away]), 'the one away: lost',
          queued[away], len(accepted[away]))
    for device, n in queued.items():
        check(n == 0 or device == away, '%s still has %d' % (device, n))
    print('# %d delivered of %d, %d wait'
          % (total, total, queued[away]))


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except Failed as e:
        print('%s: %s' % (sys.argv[1], e), file=sys.stderr)
        sys.exit(1)


main()
