"""control - the control socket by hand: control.py misuse|deaf."""

import json
import os
import socket
import sys
import time

from raw import Failed, check

PATH = os.environ['PUSH_SOCKET']


class Line:
    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(20)
        self.s.connect(PATH)
        self.f = self.s.makefile('rb')
        self.greeting = json.loads(self.f.readline())

    def ask(self, text):
        self.s.sendall(text if isinstance(text, bytes)
                       else (text + '\n').encode())
        return self.answer()

    def answer(self):
        line = self.f.readline()
        check(line.endswith(b'\n'), 'the server hung up', line)
        return json.loads(line)


def misuse():
    c = Line()
    g = c.greeting
    check(g['push'] == 1 and g['server'].startswith('pushd/') and
          g['limits']['line'] == 1048576 and g['limits']['object'] == 65536,
          'greeting', g)
    for text, word in (
            ('not json', 'bad-json'), ('[]', 'bad-'), ('{}', 'bad-'),
            ('{"do":"status"}', 'bad-'),
            ('{"id":1,"id":2,"do":"status"', 'bad-json'),
            ('{"id":-1,"do":"status"}', 'bad-'),
            ('{"id":1.5,"do":"status"}', 'bad-'),
            ('{"id":1}', 'bad-request'),
            ('{"id":1,"do":7}', 'bad-request'),
            ('{"id":1,"do":"dance"}', 'bad-request'),
            ('{"id":1,"do":"status","twist":1}', 'bad-request'),
            ('{"id":1,"do":"send"}', 'bad-request'),
            ('{"id":1,"do":"send","push":[]}', 'bad-request'),
            ('{"id":1,"do":"send","push":{"to":"x"},"wait":"for ever"}',
             'bad-request'),
            ('{"id":1,"do":"user-add","user":""}', 'bad-'),
            ('{"id":1,"do":"user-add","user":"a@b/c","password":"x"}', 'bad-'),
            ('{"id":1,"do":"user-del","user":"nobody"}', 'unknown-target'),
            ('{"id":1,"do":"user-show","user":"nobody"}', 'unknown-target'),
            (b'{"id":1,"do":"\xff\xfe"}\n', 'bad-'),
            ('{"id":1,"do":"status","x":"\\u0000"}', 'bad-'),
            ('[' * 5000, 'bad-json')):
        r = c.ask(text)
        check(r.get('done') is True, 'not done', text[:80], r)
        r = r.get('result', r)      # a refused push is a result
        check(r.get('error', '').startswith(word)
              and r.get('text'), 'not refused as %s' % word, text[:80], r)
    check('dance' in c.ask('{"id":1,"do":"dance"}')['text'], 'verb not named')
    check('twist' in c.ask('{"id":1,"do":"status","twist":1}')['text'],
          'field not named')
    r = c.ask('{"id":9007199254740992,"do":"status"}')
    check(r['id'] == 9007199254740992 and r['done'] and r['status'],
          'no status behind all that', r)
    # Split anywhere, and several at once.
    for b in b'{"id":5,"do":"status"}\n':
        c.s.sendall(bytes((b,)))
    check(c.answer()['id'] == 5, 'byte by byte')
    c.s.sendall(b'{"id":6,"do":"status"}\n{"id":7,"do":"status"}\n')
    check({c.answer()['id'], c.answer()['id']} == {6, 7}, 'two in one write')
    # A line over the limit ends it.
    c = Line()
    try:
        c.s.sendall(b'{"id":1,"do":"' + b'x' * 1100000)
        r = c.answer()
        check(r.get('error') == 'too-large', 'not too-large', r)
        check(c.f.readline() == b'', 'still open')
    except (ConnectionResetError, BrokenPipeError):
        pass


def deaf():
    """Asks and never reads: it must not keep another one waiting."""
    c = Line()
    c.s.settimeout(1)
    asked = 0
    end = time.monotonic() + 10
    try:
        while time.monotonic() < end:
            c.s.sendall(b'{"id":1,"do":"user-list"}\n' * 1000)
            asked += 1000
    except OSError:
        pass                    # pushed back, or dropped
    check(asked > 0, 'nothing was taken')
    other = Line()
    began = time.monotonic()
    check(other.ask('{"id":2,"do":"status"}')['done'], 'no answer')
    check(time.monotonic() - began < 5, 'another client was slowed')


def main():
    try:
        globals()[sys.argv[1]]()
    except Failed as e:
        print('%s: %s' % (sys.argv[1], e), file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
