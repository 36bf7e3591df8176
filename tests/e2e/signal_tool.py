"""signal_tool - runs a sender with open input, waits until its first push is
stored, sends the signal: signal_tool.py INT COMMAND...  Ends in "exit N"."""

import json
import os
import signal
import subprocess
import sys
import time


def queued():
    out = subprocess.run([os.environ['PUSH_BIN'] + '/pushusers', '-o', 'json',
                          'show', 'ab12'], capture_output=True).stdout
    return json.loads(out)['queued']


def main():
    number = getattr(signal, 'SIG' + sys.argv[1])
    before = queued()
    tool = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE)
    tool.stdin.write(b'{"to":"ab12","title":"x"}\n')
    tool.stdin.flush()
    end = time.monotonic() + 20
    while queued() == before and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    began = time.monotonic()
    tool.send_signal(number)
    rc = tool.wait(10)
    if time.monotonic() - began > 2.5:
        print('it took %g s' % (time.monotonic() - began))
    print('exit', rc if rc >= 0 else 128 - rc)


main()
