"""drain_peer - two bound clients that print the stream error they got."""

import re

from raw import Closed
from stream import OFF, REQUIRED, made, member


def main():
    peers = [member(made(), port=port) for port in (OFF, REQUIRED)]
    print('ready', flush=True)
    out = []
    for p in peers:
        try:
            m = p.expect('<stream:error>\\s*<([a-z-]+) .*</stream:stream>', 60)
            out.append(m[1])
            p.send('</stream:stream>')
            p.ended(60)
        except (Closed, OSError) as e:
            out.append(re.sub('\\s', '_', str(e)))
    print(*out, flush=True)


main()
