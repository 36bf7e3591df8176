"""raw - an XMPP peer of the tests' own: bytes out, regular expressions and
elements in, nothing borrowed from the code under test."""

import base64
import hashlib
import hmac
import os
import random
import re
import socket
import ssl
import string
import time
import xml.etree.ElementTree as ET

STREAM = 'http://etherx.jabber.org/streams'
CLIENT = 'jabber:client'
TLS = 'urn:ietf:params:xml:ns:xmpp-tls'
SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
BIND = 'urn:ietf:params:xml:ns:xmpp-bind'
SESSION = 'urn:ietf:params:xml:ns:xmpp-session'
AUTH = 'jabber:iq:auth'
REGISTER = 'jabber:iq:register'
ROSTER = 'jabber:iq:roster'
NOTIFICATION = 'androidpn:iq:notification'
SM = 'urn:xmpp:sm:3'
PING = 'urn:xmpp:ping'
JSON = 'urn:xmpp:json:0'
STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
STREAMS = 'urn:ietf:params:xml:ns:xmpp-streams'

TCP_CLOSE = 7           # <netinet/tcp.h>

TIMEOUT = float(os.environ.get('PUSH_TEST_TIMEOUT', '20'))


class Failed(Exception):
    """What the test expected did not come."""


class Closed(Failed):
    """The server ended the connection; .how is 'eof' or 'reset'."""

    def __init__(self, how, text):
        super().__init__('connection over (%s): %s' % (how, text))
        self.how = how


def check(condition, text, *detail):
    if not condition:
        raise Failed(text + ''.join(': ' + repr(d) for d in detail))


def b64(data):
    return base64.b64encode(data).decode()


def show(element):
    return ET.tostring(element, encoding='unicode')


class Peer:
    """One connection.  Its received text is kept whole in .rx."""

    def __init__(self, port, host='127.0.0.1', direct=False, alpn='xmpp-client',
                 to=None):
        self.sock = socket.create_connection((host, int(port)), TIMEOUT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rx = ''
        self.mark = 0
        self.tail = b''
        self.over = None
        self.to = to if to is not None else os.environ.get('DOMAIN')
        self.user = self.jid = self.domain = self.id = None
        self.counter = 0
        self.sm_in = 0
        if direct:
            self.wrap(alpn)
        self.restart()

    # ---- bytes

    def wrap(self, alpn=None, version=None):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        if alpn:
            ctx.set_alpn_protocols([alpn])
        if version:
            ctx.minimum_version = ctx.maximum_version = version
        self.sock.settimeout(TIMEOUT)
        self.sock = ctx.wrap_socket(self.sock, suppress_ragged_eofs=False)

    def restart(self):
        """What follows is a new stream."""
        self.parser = ET.XMLPullParser(('start', 'end'))
        self.depth = 0
        self.header_seen = None
        self.root = None
        self.stanzas = []

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        self.sock.sendall(data)

    def feed(self, data):
        data = self.tail + data
        keep = 0
        while keep < min(4, len(data)):     # a character cut in two
            try:
                text = data[:len(data) - keep].decode()
                break
            except UnicodeDecodeError:
                keep += 1
        else:
            raise Failed('the server sent bytes that are not UTF-8: %r' % data)
        self.tail = data[len(data) - keep:]
        self.rx += text
        self.parser.feed(text)
        for what, element in self.parser.read_events():
            if what == 'start':
                if self.depth == 0:
                    self.header_seen = dict(element.attrib)
                    self.root = element
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth == 1:
                    self.stanzas.append(element)
                    self.root.clear()

    def read(self, deadline):
        """Reads once; False when the time is over."""
        if self.over:
            raise Closed(self.over, self.rx[-600:])
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError):
            return False
        except ssl.SSLZeroReturnError:
            data = b''
        except ssl.SSLEOFError:
            # the ssl module does not tell a reset from a FIN; TCP does
            state = self.sock.getsockopt(socket.IPPROTO_TCP,
                                         socket.TCP_INFO, 1)[0]
            if state == TCP_CLOSE:
                self.over = 'reset'
                raise Closed(self.over, self.rx[-600:]) from None
            data = b''
        except (ConnectionResetError, BrokenPipeError):
            self.over = 'reset'
            raise Closed(self.over, self.rx[-600:]) from None
        if data == b'':
            self.over = 'eof'
            raise Closed(self.over, self.rx[-600:])
        self.feed(data)
        return True

    def expect(self, pattern, timeout=TIMEOUT):
        """Waits for a regular expression in what came since the last one."""
        deadline = time.monotonic() + timeout
        while True:
            m = re.compile(pattern, re.S).search(self.rx, self.mark)
            if m:
                self.mark = m.end()
                return m
            if not self.read(deadline):
                raise Failed('no %s within %g s in: %s'
                             % (pattern, timeout, self.rx[self.mark:]))

    def stanza(self, timeout=TIMEOUT):
        """The next child of the stream, or None when the time is over."""
        deadline = time.monotonic() + timeout
        while not self.stanzas:
            if not self.read(deadline):
                return None
        return self.stanzas.pop(0)

    def want(self, tag, timeout=TIMEOUT, **attributes):
        """The next child with this tag (of jabber:client unless {ns}tag) and
        these attributes; others are dropped."""
        if not tag.startswith('{'):
            tag = '{%s}%s' % (CLIENT, tag)
        deadline = time.monotonic() + timeout
        seen = []
        while True:
            s = self.stanza(deadline - time.monotonic())
            if s is None:
                raise Failed('no <%s %r> within %g s; came: %s'
                             % (tag, attributes, timeout, seen))
            if s.tag == tag and all(s.get(k) == v
                                    for k, v in attributes.items()):
                return s
            seen.append(show(s))

    def silent(self, seconds):
        """Nothing but white space may come."""
        before = len(self.rx)
        deadline = time.monotonic() + seconds
        while self.read(deadline):
            pass
        got = self.rx[before:]
        check(got.strip() == '' and not self.stanzas,
              'something came where nothing should', got)

    def ended(self, timeout=TIMEOUT):
        """Waits for the end; returns 'eof' or 'reset'."""
        deadline = time.monotonic() + timeout
        try:
            while self.read(deadline):
                pass
        except Closed as e:
            return e.how
        raise Failed('still open after %g s: %s'
                     % (timeout, self.rx[self.mark:]))

    def stream_error(self, condition, timeout=TIMEOUT):
        """The stream must end with this error, its closing tag and EOF."""
        self.expect(r'<stream:error>\s*<%s [^>]*%s.*?</stream:error>\s*'
                    r'</stream:stream>' % (condition, STREAMS), timeout)
        try:
            self.send('</stream:stream>')
        except OSError:
            pass
        self.ended(timeout)

    def close(self):
        self.sock.close()

    def kill(self):
        """Goes without a word, as a phone without network: no FIN is seen
        by a server that is not written to; here a reset stands for it."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             b'\1\0\0\0\0\0\0\0')
        self.sock.close()

    def bye(self):
        self.send('</stream:stream>')
        self.expect('</stream:stream>')
        self.close()

    # ---- streams

    def header(self, to=None, declaration="<?xml version='1.0'?>"):
        """Opens a stream and returns its features."""
        self.restart()
        self.mark = len(self.rx)
        to = self.to if to is None else to
        self.send("%s<stream:stream to='%s' xmlns='jabber:client' "
                  "xmlns:stream='%s' version='1.0'>" % (declaration, to, STREAM))
        return self.features()

    def features(self):
        f = self.stanza()
        check(f is not None and f.tag == '{%s}features' % STREAM,
              'the first element is not <stream:features/>',
              f is not None and show(f))
        h = self.header_seen
        check(h.get('id'), 'no id in the header', h)
        check(h.get('from'), 'no from in the header', h)
        check(h.get('version') == '1.0', 'no version 1.0 in the header', h)
        check(h['id'] != self.id, 'the stream id was used before', h)
        self.id, self.domain = h['id'], h['from']
        return f

    def starttls(self):
        self.send("<starttls xmlns='%s'/>" % TLS)
        p = self.stanza()
        check(p is not None and p.tag == '{%s}proceed' % TLS,
              'no <proceed/>', p is not None and show(p))
        check(self.tail == b'', 'bytes behind <proceed/>', self.tail)
        self.wrap()

    def open(self, tls=False, to=None):
        """Header, and with tls STARTTLS and a second header."""
        f = self.header(to)
        if tls:
            self.starttls()
            f = self.header(to)
            check(f.find('{%s}starttls' % TLS) is None,
                  'starttls is offered again under TLS')
        return f

    # ---- requests

    def next_id(self):
        self.counter += 1
        return 't%d' % self.counter

    def iq(self, kind, payload, timeout=TIMEOUT, extra=''):
        """Sends an IQ and returns the answer with its id."""
        i = self.next_id()
        self.send("<iq type='%s' id='%s'%s>%s</iq>" % (kind, i, extra, payload))
        deadline = time.monotonic() + timeout
        while True:
            s = self.want('iq', deadline - time.monotonic(), id=i)
            if s.get('type') in ('result', 'error'):
                return s

    def good(self, kind, payload, **more):
        s = self.iq(kind, payload, **more)
        check(s.get('type') == 'result', 'no result', show(s))
        return s

    def bad(self, kind, payload, condition=None, code=None, **more):
        s = self.iq(kind, payload, **more)
        check(s.get('type') == 'error', 'no error', show(s))
        error = s.find('{%s}error' % CLIENT)
        check(error is not None, 'no <error/> in it', show(s))
        if condition:
            check(error.find('{%s}%s' % (STANZAS, condition)) is not None,
                  'not <%s/>' % condition, show(s))
        if code:
            check(error.get('code') == str(code), 'not code %s' % code,
                  show(s))
        return s

    # ---- logins

    def register(self, user, password):
        return self.good('set', "<query xmlns='%s'><username>%s</username>"
                         "<password>%s</password></query>"
                         % (REGISTER, user, password))

    def legacy(self, user, password, resource='AndroidpnClient'):
        """XEP-0078; returns the answer."""
        get = self.good('get', "<query xmlns='%s'><username>%s</username>"
                        '</query>' % (AUTH, user))
        check(get.find('{%s}query/{%s}password' % (AUTH, AUTH)) is not None,
              'no <password/> in the fields', show(get))
        s = self.iq('set', "<query xmlns='%s'><username>%s</username>"
                    '<password>%s</password><resource>%s</resource></query>'
                    % (AUTH, user, password, resource))
        if s.get('type') == 'result':
            self.user = user
            self.jid = s.get('to') or '%s@%s/%s' % (user, self.domain, resource)
        return s

    def plain(self, user, password, authzid=''):
        text = '\0'.join((authzid, user, password)).encode()
        self.send("<auth xmlns='%s' mechanism='PLAIN'>%s</auth>"
                  % (SASL, b64(text)))
        return self.stanza()

    def scram(self, user, password, mechanism='SCRAM-SHA-256', gs2='n,,',
              tamper=False):
        """Returns <success/> or <failure/>; checks the server's proof."""
        name = {'SCRAM-SHA-1': 'sha1', 'SCRAM-SHA-256': 'sha256'}[mechanism]

        def mac(key, text):
            return hmac.new(key, text, name).digest()
        nonce = ''.join(random.choices(string.ascii_letters, k=20))
        quoted = user.replace('=', '=3D').replace(',', '=2C')
        first = 'n=%s,r=%s' % (quoted, nonce)
        self.send("<auth xmlns='%s' mechanism='%s'>%s</auth>"
                  % (SASL, mechanism, b64((gs2 + first).encode())))
        s = self.stanza()
        if s.tag != '{%s}challenge' % SASL:
            return s
        challenge = base64.b64decode(s.text).decode()
        part = dict(p.split('=', 1) for p in challenge.split(','))
        check(part['r'].startswith(nonce) and len(part['r']) > len(nonce),
              "the nonce does not begin with the client's", challenge)
        check(int(part['i']) >= 4096, 'fewer than 4096 iterations', challenge)
        salted = hashlib.pbkdf2_hmac(name, password.encode(),
                                     base64.b64decode(part['s']),
                                     int(part['i']))
        key = mac(salted, b'Client Key')
        stored = hashlib.new(name, key).digest()
        last = 'c=%s,r=%s' % (b64(gs2.encode()), part['r'])
        if tamper:
            last = last[:-1] + ('x' if last[-1] != 'x' else 'y')
        text = ','.join((first, challenge, last)).encode()
        proof = bytes(a ^ b for a, b in zip(key, mac(stored, text)))
        last += ',p=' + b64(proof)
        self.send("<response xmlns='%s'>%s</response>"
                  % (SASL, b64(last.encode())))
        s = self.stanza()
        if s.tag == '{%s}success' % SASL:
            proof = base64.b64decode(s.text).decode()
            check(proof == 'v=' + b64(mac(mac(salted, b'Server Key'), text)),
                  'wrong proof of the server', proof)
        return s

    def bind(self, resource=None):
        s = self.good('set', "<bind xmlns='%s'>%s</bind>"
                      % (BIND, resource and '<resource>%s</resource>'
                         % resource or ''))
        self.jid = s.findtext('{%s}bind/{%s}jid' % (BIND, BIND))
        check(self.jid, 'no jid in the answer to bind', show(s))
        return self.jid

    def login(self, user, password, resource='raw', how='SCRAM-SHA-256'):
        """SASL, the new stream, and bind; returns the last features."""
        if how == 'PLAIN':
            s = self.plain(user, password)
        else:
            s = self.scram(user, password, how)
        check(s is not None and s.tag == '{%s}success' % SASL,
              'login failed', s is not None and show(s))
        self.user = user
        f = self.header()
        self.bind(resource)
        return f

    def presence(self, inner=''):
        self.send('<presence>%s</presence>' % inner if inner
                  else '<presence/>')

    def enable_sm(self, resume=True):
        self.send("<enable xmlns='%s'%s/>"
                  % (SM, resume and " resume='true'" or ''))
        return self.want('{%s}enabled' % SM)

    # ---- pushes

    def push(self, timeout=TIMEOUT, pong=True):
        """Waits for the next push; answers pings and <r/> on the way unless
        pong is False.  Returns a dict, or None when the time is over."""
        deadline = time.monotonic() + timeout
        while True:
            s = self.stanza(deadline - time.monotonic())
            if s is None:
                return None
            if s.tag == '{%s}r' % SM:
                if pong:
                    self.ack()
                continue
            if s.tag.startswith('{%s}' % CLIENT):
                self.sm_in += 1
            got = push_of(s)
            if got is not None:
                return got
            if pong:
                self.pong(s)

    def ack(self):
        self.send("<a xmlns='%s' h='%d'/>" % (SM, self.sm_in))

    def pong(self, s):
        """Answers a ping as the old library does (androidpn.md 2.5)."""
        if s.find('{%s}ping' % PING) is None or s.get('type') != 'get':
            return
        to = s.get('from')
        self.send('<iq id="%s"%s type="error"><error code="501" '
                  'type="CANCEL"><feature-not-implemented xmlns="%s"/></error>'
                  '</iq>' % (s.get('id'), to and ' to="%s"' % to or '',
                             STANZAS))

    def settle(self, timeout=TIMEOUT):
        """Answers what is asked until the barrier behind the pushes was
        answered and <r/> was."""
        deadline = time.monotonic() + timeout
        while True:
            s = self.stanza(deadline - time.monotonic())
            check(s is not None, 'no ping or <r/> behind the push')
            if s.tag == '{%s}r' % SM:
                self.ack()
                return
            if s.tag.startswith('{%s}' % CLIENT):
                self.sm_in += 1
            if s.find('{%s}ping' % PING) is not None:
                self.pong(s)
                return


def push_of(s):
    """A push in either form, as a dict; None for any other stanza."""
    n = s.find('{%s}notification' % NOTIFICATION)
    if n is not None:
        out = {'form': 'notification', 'stanza': s}
        for c in n:
            name = c.tag.split('}')[1]
            check(len(c) == 0, 'an element inside <%s/>' % name, show(s))
            check(name not in out, 'twice <%s/>' % name, show(s))
            out[name] = c.text or ''
        return out
    if s.tag == '{%s}message' % CLIENT and s.get('type') != 'error':
        return {'form': 'message', 'stanza': s, 'id': s.get('id'),
                'title': s.findtext('{%s}subject' % CLIENT) or '',
                'message': s.findtext('{%s}body' % CLIENT) or '',
                'json': s.findtext('{%s}json' % JSON)}
    return None
