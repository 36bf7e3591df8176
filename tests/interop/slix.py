"""slix - a stranger's client: slixmpp logs in over STARTTLS, with XEP-0198
and answers to pings, and prints the id and body of each push.

    slix.py JID PORT COUNT [drop]

The password comes from $PUSH_PASSWORD.  With drop, the connection is cut
without a word behind the first push and must be resumed.  Exit 0 after COUNT
pushes."""

import logging
import os
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, count, drop):
        super().__init__(jid, os.environ['PUSH_PASSWORD'])
        self.left, self.drop, self.resumed = count, drop, False
        self.register_plugin('xep_0030')
        self.register_plugin('xep_0198')
        self.register_plugin('xep_0199')
        self.add_event_handler('session_start', self.start)
        self.add_event_handler('session_resumed', self.resume)
        self.add_event_handler('message', self.message)
        self.add_event_handler('failed_auth', lambda _: self.leave(1))

    def get_ssl_context(self):
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        return super().get_ssl_context()

    async def start(self, _):
        if self.resumed is None:
            print('a new session instead of a resumed one', flush=True)
        await self.get_roster()
        await self['xep_0030'].get_info(jid=self.boundjid.domain)
        await self['xep_0199'].ping(self.boundjid.domain)
        self.send_presence()
        print('online', self.boundjid, flush=True)

    def resume(self, _):
        self.resumed = True
        print('resumed', flush=True)

    def message(self, m):
        print('push', m['id'], m['body'], flush=True)
        self.left -= 1
        if self.drop:
            self.drop = False
            # the acknowledgement of this one leaves before the cut
            self.loop.call_later(0.5, self.cut)
        if self.left == 0:
            self.loop.call_later(0.5, self.leave, 0)

    def cut(self):
        self.transport.abort()
        print('cut', flush=True)
        self.loop.call_later(0.5, self.connect, ('127.0.0.1', PORT))

    def leave(self, code):
        self.code = code
        self.disconnect()
        self.loop.call_later(0.5, self.loop.stop)


logging.basicConfig(level=os.environ.get('SLIX_LOG', 'ERROR'))
PORT = int(sys.argv[2])
client = Client(sys.argv[1], int(sys.argv[3]), 'drop' in sys.argv[4:])
client.code = 1
client.connect(('127.0.0.1', PORT))
client.loop.run_forever()
sys.exit(client.code)
