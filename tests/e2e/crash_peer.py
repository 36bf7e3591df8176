"""crash_peer - N bound clients that say how their connection ended."""

import sys

from stream import OFF, REQUIRED, made, member


def main():
    peers = [member(made(), port=(OFF, REQUIRED)[n % 2])
             for n in range(int(sys.argv[1]))]
    print('ready', flush=True)
    print(*(p.ended(60) for p in peers), flush=True)


main()
