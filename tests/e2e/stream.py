"""stream - the checklists of RFC 6120 and its neighbours against the server,
by name: stream.py header.  Prints the reason and exits 1 on failure."""

import json
import os
import ssl
import subprocess
import sys
import time
import uuid

import raw
from golden import Send, push
from raw import (BIND, CLIENT, SASL, SM, STANZAS, STREAM, STREAMS, TLS, Closed,
                 Failed, Peer, check, show)

OPTIONAL = os.environ.get('PORT_OPTIONAL')
OFF = os.environ.get('PORT_OFF')
REQUIRED = os.environ.get('PORT_REQUIRED')
DIRECT = os.environ.get('PORT_DIRECT')
STRICT = os.environ.get('PORT_STRICT')
DOMAIN = os.environ['DOMAIN']
HEAD = ("<?xml version='1.0'?><stream:stream to='%s' xmlns='jabber:client' "
        "xmlns:stream='%s' version='1.0'>" % (DOMAIN, STREAM))
PASSWORD = 'pencil and paper'


def name():
    return 'u' + uuid.uuid4().hex[:12]


def made():
    """A new account's name."""
    user = name()
    p = Peer(OFF)
    p.open()
    p.register(user, PASSWORD)
    p.close()
    return user


def member(user=None, port=None, resource='raw', **how):
    """A peer that is logged in and bound."""
    user = user or made()
    port = port or REQUIRED
    p = Peer(port)
    p.open(tls=port in (REQUIRED, OPTIONAL))
    p.login(user, PASSWORD, resource, **how)
    return p


def mechanisms(f):
    m = f.find('{%s}mechanisms' % SASL)
    return [] if m is None else [e.text for e in m]


def failure(s, condition):
    check(s is not None and s.tag == '{%s}failure' % SASL and
          s.find('{%s}%s' % (SASL, condition)) is not None,
          'not <failure><%s/>' % condition, s is not None and show(s))


# ---- B1: the stream

def header():
    p = Peer(OFF)
    f = p.header()
    h = p.header_seen
    check(h['from'] == DOMAIN and h['version'] == '1.0' and
          h.get('{http://www.w3.org/XML/1998/namespace}lang'),
          'header incomplete', h)
    check(len(h['id']) >= 11, 'a short stream id', h)
    ids = {h['id']}
    for _ in range(5):
        q = Peer(OFF)
        q.header()
        ids.add(q.id)
        q.close()
    check(len(ids) == 6, 'stream ids repeat', ids)
    p.send('</stream:stream>')
    p.expect('</stream:stream>')
    p.ended()


def ends(port, text, conditions, head=True, login=False):
    """These bytes must end the stream with one of the conditions."""
    if login:
        p = member(port=port)
        p.mark = len(p.rx)
    else:
        p = Peer(port)
    if isinstance(text, str):
        text = text.encode()
    p.send((HEAD.encode() if head and not login else b'') + text)
    try:
        m = p.expect('<stream:error>.*</stream:error>\\s*</stream:stream>')
    except Failed as e:
        raise Failed('no stream error to %r (login %s): %s'
                     % (text[:90], login, e)) from None
    check(any('<%s xmlns=' % c in m[0] for c in conditions),
          'not one of %s to %r' % (conditions, text[:90]), m[0])
    check(login or p.rx.find('<stream:stream') in range(0, 60),
          'no header before the error', p.rx[:200])
    p.ended(10)
    return m[0]


def bad_headers():
    wrong = HEAD.replace
    ends(STRICT, wrong(DOMAIN, 'unknown.example'), ['host-unknown'], head=False)
    ends(OFF, wrong('jabber:client', 'jabber:server'),
         ['invalid-namespace'], head=False)
    ends(OFF, wrong(STREAM, 'http://wrong/'),
         ['invalid-namespace', 'bad-namespace-prefix'], head=False)
    ends(OFF, wrong(" version='1.0'>", '>'), ['unsupported-version'],
         head=False)
    ends(OFF, wrong("version='1.0'>", "version='0.9'>"),
         ['unsupported-version'], head=False)
    ends(OFF, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
         ['not-well-formed'], head=False)
    ends(OFF, '<hello/>', ['bad-format', 'invalid-namespace',
                           'not-well-formed'], head=False)
    for to in '', "to='127.0.0.1' ", "to='[::1]' ":
        p = Peer(STRICT)        # absent or an IP: the default domain
        p.send(wrong("to='%s' " % DOMAIN, to))
        p.features()
        check(p.domain == DOMAIN, 'another domain', p.domain)
        p.close()
    p = Peer(OFF)               # the newest minor version is ours
    p.send(wrong("version='1.0'>", "version='1.7' from='me@%s'>" % DOMAIN))
    p.features()


def bad_xml():
    xml = ['not-well-formed', 'restricted-xml', 'bad-format',
           'bad-namespace-prefix', 'unsupported-encoding']
    for text in ('<!-- comment -->', '<?pi here?>', '<a>&undefined;</a>',
                 '<a>&#0;</a>', '<a>&#x1f;</a>', '<a></b>', '<x:a/>',
                 '<a x=1/>', '<a x="1" x="2"/>', '<a x="<"/>', '& <', 'text<',
                 b'<a>\xff</a>', b'<a>\xc0\x80</a>', b'<a>\xed\xa0\x80</a>',
                 b'\0', '<iq\x01/>', ']]>', '<a>]]></a>', '<!DOCTYPE x>',
                 '</stream:x>'):
        ends(OFF, text, xml)
    for text in ('<!-- c --><iq/>', '<a>&undefined;</a>', b'<m>\xff</m>'):
        ends(OFF, text, xml, login=True)
    ends(OFF, "<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'b'>]>" +
         HEAD.split('?>')[1], xml, head=False)
    ends(OFF, HEAD.encode('utf-16'), xml,
         head=False)
    ends(OFF, HEAD.replace("'1.0'?", "'1.0' encoding='ISO-8859-1'?"),
         xml, head=False)


def limits():
    """A size, a depth and a count too much; 10,000 bytes are always fine."""
    over = ['policy-violation', 'not-well-formed', 'restricted-xml']
    for login in False, True:
        m = ends(OFF, '<iq><x>' + 'y' * 70000, ['policy-violation'],
                 login=login)
        check('stanza-too-big' in m, 'no <stanza-too-big/>', m)
        ends(OFF, '<a>' * 300, over, login=login)
        ends(OFF, '<iq ' + ' '.join('a%d="1"' % i for i in range(300)) + '/>',
             over, login=login)
        ends(OFF, '<iq><q ' + ' '.join('xmlns:n%d="x:%d"' % (i, i)
                                       for i in range(300)) + '/></iq>', over,
             login=login)
        ends(OFF, '<iq>' + '<x/>' * 12000, over, login=login)
        ends(OFF, '<' + 'n' * 70000, over, login=login)
        ends(OFF, '<%s/>' % ('n' * 5000), over, login=login)
    p = member()
    p.bad('get', '<query xmlns="x:y">%s</query>' % ('z' * 9900),
          'service-unavailable')
    p.bad('get', '<query xmlns="x:y">%s</query>' % ('z' * 60000),
          'service-unavailable')


def split():
    """The answer does not depend on how the reads were cut."""
    user = made()
    p = Peer(OFF)
    p.restart()
    text = (HEAD + "<iq type='get' id='a1'><query xmlns='%s'><username>%s"
            "</username></query></iq> \n <iq type='set' id='a2'><query "
            "xmlns='%s'><username>%s</username><password>%s</password>"
            "<resource>cut</resource></query></iq><iq type='get' id='a3'>"
            "<ping xmlns='urn:xmpp:ping'/></iq><presence/>"
            % (raw.AUTH, user, raw.AUTH, user, PASSWORD))
    for c in text.encode():
        p.send(bytes((c,)))
    p.features()
    for i in 'a1', 'a2', 'a3':
        check(p.want('iq', id=i).get('type') == 'result', 'refused', i)
    p.close()
    p = Peer(OFF)               # all of it in one write
    p.restart()
    p.send(text)
    p.features()
    for i in 'a1', 'a2', 'a3':
        check(p.want('iq', id=i).get('type') == 'result', 'refused', i)
    p.close()


def close():
    """</stream:stream> is answered; unsent work behind it is not done."""
    p = member()
    p.presence()
    p.send('</stream:stream><iq type="get" id="late"><ping '
           'xmlns="urn:xmpp:ping"/></iq>')
    p.expect('</stream:stream>')
    check('late' not in p.rx, 'an answer behind the end')
    p.ended()


# ---- B2: TLS

def tls_required():
    p = Peer(REQUIRED)
    f = p.header()
    t = f.find('{%s}starttls' % TLS)
    check(t is not None and t.find('{%s}required' % TLS) is not None,
          'no <required/>', show(f))
    check(len(f) == 1, 'more than starttls before TLS', show(f))
    s = p.plain(name(), 'x')
    check(s.tag != '{%s}success' % SASL, 'PLAIN without TLS')
    for text in ("<iq type='set' id='r'><query xmlns='%s'><username>%s"
                 "</username><password>x</password></query></iq>"
                 % (raw.REGISTER, name()),
                 "<iq type='get' id='r'><query xmlns='%s'><username>x"
                 "</username></query></iq>" % raw.AUTH,
                 "<presence/>", "<message id='r'/>"):
        p = Peer(REQUIRED)
        p.header()
        p.send(text)
        try:
            s = p.stanza()
            check(s is not None and s.get('type') != 'result' and
                  ('error' in show(s)), 'served without TLS', s and show(s))
        except Closed:
            pass
    check(not mechanisms(f), 'mechanisms before TLS')


def tls_injection():
    """Bytes behind <starttls/> are never taken for protected ones."""
    user = name()
    p = Peer(REQUIRED)
    p.header()
    p.send("<starttls xmlns='%s'/>%s<iq type='set' id='evil'><query xmlns='%s'>"
           "<username>%s</username><password>x</password></query></iq>"
           % (TLS, HEAD, raw.REGISTER, user))
    try:
        s = p.stanza()
        if s.tag == '{%s}proceed' % TLS:
            p.wrap()
            p.header()
            p.silent(1)
    except (Closed, ssl.SSLError, ConnectionError):
        pass
    check('evil' not in p.rx, 'an injected stanza was answered')
    listed = subprocess.run([os.environ['PUSH_BIN'] + '/pushusers', '-o',
                             'json', 'list'], capture_output=True).stdout
    check(user.encode() not in listed, 'an injected stanza was carried out')


def tls_direct():
    user = made()
    for alpn in 'xmpp-client', None:
        p = Peer(DIRECT, direct=True, alpn=alpn)
        f = p.header()
        check(f.find('{%s}starttls' % TLS) is None, 'starttls inside TLS')
        if alpn:
            check(p.sock.selected_alpn_protocol() == alpn, 'ALPN unanswered')
        p.login(user, PASSWORD)
        p.bye()
    try:
        p = Peer(DIRECT, direct=True, alpn='http/1.1')
        p.header()
        raise Failed('a foreign ALPN was served')
    except (ssl.SSLError, Closed, ConnectionError):
        pass
    p = Peer(DIRECT)            # no TLS at all
    p.send(HEAD)
    try:
        p.ended(10)
    except Failed as e:
        raise Failed('plain bytes were served: %s' % e) from None
    check('features' not in p.rx, 'plain bytes were served')


def tls_versions():
    user = made()
    for v in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
        p = Peer(REQUIRED)
        p.header()
        p.send("<starttls xmlns='%s'/>" % TLS)
        p.want('{%s}proceed' % TLS)
        p.wrap(version=v)
        p.header()
        p.login(user, PASSWORD)
        p.bye()
    p = Peer(REQUIRED)
    p.header()
    p.send("<starttls xmlns='%s'/>" % TLS)
    p.want('{%s}proceed' % TLS)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    ctx.set_ciphers('ALL:@SECLEVEL=0')
    ctx.minimum_version = ssl.TLSVersion.TLSv1
    ctx.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        ctx.wrap_socket(p.sock)
        raise Failed('TLS 1.1 was served')
    except (ssl.SSLError, ConnectionError):
        pass


def tls_old():
    """An old phone's TLS 1.0 with AES128-SHA and an RSA key, on the listener
    that allows it (androidpn.md 2.8)."""
    user = made()
    p = Peer(os.environ['PORT_OLD'])
    p.header()
    p.send("<starttls xmlns='%s'/>" % TLS)
    p.want('{%s}proceed' % TLS)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    ctx.set_ciphers('AES128-SHA:@SECLEVEL=0')
    ctx.minimum_version = ctx.maximum_version = ssl.TLSVersion.TLSv1
    p.sock = ctx.wrap_socket(p.sock, suppress_ragged_eofs=False)
    check(p.sock.version() == 'TLSv1', 'another version', p.sock.version())
    p.header()
    check(p.legacy(user, PASSWORD).get('type') == 'result', 'no login')


# ---- B3: logins

def sasl():
    user = made()
    p = Peer(REQUIRED)
    f = p.open(tls=True)
    check(mechanisms(f) == ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
          'other mechanisms, or another order', mechanisms(f))
    p.close()
    for port in OFF, OPTIONAL:
        p = Peer(port)
        f = p.header()
        check(mechanisms(f) and 'PLAIN' not in mechanisms(f),
              'PLAIN is offered without TLS', mechanisms(f))
        s = p.plain(user, PASSWORD)
        check(s.tag == '{%s}failure' % SASL, 'PLAIN without TLS', show(s))
        p.close()
    for port in OFF, OPTIONAL, REQUIRED, DIRECT:
        for how in 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN':
            if port == OFF and how == 'PLAIN':
                continue
            p = Peer(port, direct=port == DIRECT)
            p.open(tls=port in (REQUIRED, OPTIONAL))
            f = p.login(user, PASSWORD, how=how)
            check(f.find('{%s}bind' % BIND) is not None and
                  f.find('{%s}sm' % SM) is not None and
                  f.find('{%s}session' % raw.SESSION) is not None,
                  'features after login', show(f))
            check(p.jid == '%s@%s/raw' % (user, DOMAIN), 'jid', p.jid)
            p.bye()
    # the name in capitals; the own authzid, also as Smack 3 and Net::XMPP say it
    for authzid in ('%s@%s' % (user, DOMAIN), user, user + '@127.0.0.1'):
        p = Peer(REQUIRED)
        p.open(tls=True)
        s = p.plain(user.upper(), PASSWORD, authzid)
        check(s.tag == '{%s}success' % SASL, 'authzid ' + authzid, show(s))
    p = Peer(REQUIRED)          # "y": we offer no channel binding
    p.open(tls=True)
    s = p.scram(user, PASSWORD, gs2='y,,')
    check(s.tag == '{%s}success' % SASL, 'gs2 flag y', show(s))


def sasl_refused():
    user = made()

    def peer():
        p = Peer(REQUIRED)
        p.open(tls=True)
        return p

    def auth(p, mechanism, text):
        p.send("<auth xmlns='%s' mechanism='%s'>%s</auth>"
               % (SASL, mechanism, text))
        return p.stanza()
    p = peer()
    failure(p.plain(user, 'wrong'), 'not-authorized')
    failure(p.scram(user, 'wrong'), 'not-authorized')
    p.close()
    p = peer()
    failure(p.scram(name(), PASSWORD), 'not-authorized')
    failure(p.plain(name(), PASSWORD), 'not-authorized')
    p.close()
    p = peer()
    failure(auth(p, 'DIGEST-MD5', ''), 'invalid-mechanism')
    failure(auth(p, 'PLAIN', '!!!'), 'incorrect-encoding')
    p.close()
    for other in ('other@' + DOMAIN, 'other', user + '@other.example'):
        p = peer()
        failure(p.plain(user, PASSWORD, other), 'invalid-authzid')
        p.close()
    p = peer()
    s = p.scram(user, PASSWORD, gs2='p=tls-exporter,,')
    check(s.tag == '{%s}failure' % SASL, 'channel binding not offered', show(s))
    p.close()
    p = peer()
    s = p.scram(user, PASSWORD, tamper=True)
    check(s.tag == '{%s}failure' % SASL, 'a wrong nonce', show(s))
    s = auth(p, 'SCRAM-SHA-256', raw.b64(b'n,,m=x,n=a,r=b'))
    check(s.tag == '{%s}failure' % SASL, 'a mandatory extension', show(s))
    p.close()
    p = peer()
    s = auth(p, 'SCRAM-SHA-256', raw.b64(b'n,,n=%s,r=abc' % user.encode()))
    check(s.tag == '{%s}challenge' % SASL, 'no challenge', show(s))
    p.send("<abort xmlns='%s'/>" % SASL)
    failure(p.stanza(), 'aborted')
    s = p.scram(user, PASSWORD)         # and the next try is a good one
    check(s.tag == '{%s}success' % SASL, 'no login after abort', show(s))
    p.close()


def sasl_tries():
    """2 to 5 tries a stream, then policy-violation; another stream lives."""
    user = made()
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.mark = len(p.rx)
    tries = 0
    try:
        while p.plain(user, 'wrong').tag == '{%s}failure' % SASL:
            tries += 1
    except Closed:
        pass
    check('policy-violation' in p.rx[p.mark:], 'no policy-violation',
          p.rx[-300:])
    check(2 <= tries <= 5, 'tries', tries)
    member(user).close()


def sasl_unknown():
    """A stranger's name meets a whole exchange, with a salt that stays."""
    def salt(user):
        p = Peer(REQUIRED)
        p.open(tls=True)
        p.send("<auth xmlns='%s' mechanism='SCRAM-SHA-256'>%s</auth>"
               % (SASL, raw.b64(b'n,,n=%s,r=abc' % user.encode())))
        s = p.stanza()
        check(s.tag == '{%s}challenge' % SASL, 'no challenge', show(s))
        p.close()
        return dict(x.split('=', 1) for x in raw.base64.b64decode(
            s.text).decode().split(','))
    a, b, known = name(), name(), made()
    check(salt(a)['s'] == salt(a)['s'], 'the salt of a stranger moves')
    check(salt(a)['s'] != salt(b)['s'], 'strangers share a salt')
    check(len(salt(a)['s']) == len(salt(known)['s']) and
          salt(a)['i'] == salt(known)['i'], 'a stranger can be told')


class OddRoot(Peer):
    """Other prefixes than usual, and one more."""

    def header(self, to=None, declaration=''):
        self.restart()
        self.mark = len(self.rx)
        self.send("%s<s:stream xmlns:s='%s' xmlns='jabber:client' "
                  "xmlns:x='urn:x' to='%s' version='1.0'>"
                  % (declaration, STREAM, to or self.to))
        return self.features()

    def use(self):
        self.presence()
        self.good('get', "<ping xmlns='urn:xmpp:ping'/>", extra=" x:a='b'")
        self.send('</s:stream>')
        self.expect('</stream:stream>')
        self.close()


def odd_root():
    """Several accounts, so that some move to another shard."""
    for _ in range(6):
        user = name()
        p = OddRoot(OFF)
        p.open()
        p.register(user, PASSWORD)
        p.login(user, PASSWORD)
        p.use()
        p = OddRoot(OPTIONAL)
        p.open(tls=True)
        p.login(user, PASSWORD, how='PLAIN')
        p.use()
        p = OddRoot(OFF)
        p.open()
        s = p.legacy(user, PASSWORD)
        check(s.get('type') == 'result', 'no XEP-0078 login', show(s))
        p.use()


def disabled(user):
    """The account was disabled: SASL says so; XEP-0078 says no 401."""
    p = Peer(REQUIRED)
    p.open(tls=True)
    failure(p.plain(user, PASSWORD), 'account-disabled')
    p.close()


# ---- B4: registration that is not open

def closed():
    p = Peer(REQUIRED)
    f = p.open(tls=True)
    check(f.find('{http://jabber.org/features/iq-register}register') is None,
          'register is offered', show(f))
    s = p.iq('set', "<query xmlns='%s'><username>%s</username><password>x"
             "</password></query>" % (raw.REGISTER, name()))
    check(s.get('type') == 'error', 'registered', show(s))


def token(good):
    user = name()
    fields = ("<query xmlns='%s'><username>%s</username><password>%s"
              "</password></query>" % (raw.REGISTER, user, PASSWORD))
    preauth = "<preauth xmlns='urn:xmpp:pars:0' token='%s'/>"
    for again in False, True:
        p = Peer(REQUIRED)
        p.open(tls=True)
        if again:
            p.bad('set', preauth % 'wrong', 'item-not-found')
        p.bad('set', fields)
        p.close()
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.good('set', preauth % good, extra=" to='%s'" % DOMAIN)
    p.good('set', fields)
    p.close()
    member(user).bye()


# ---- B5: bind and conflict

def bind():
    user = made()
    p = Peer(REQUIRED)
    p.open(tls=True)
    s = p.scram(user, PASSWORD)
    p.header()
    jid = p.bind()
    check(len(jid.split('/')[1]) >= 11, 'a short random resource', jid)
    p.bad('set', "<bind xmlns='%s'/>" % BIND)
    p.good('get', '<ping xmlns="urn:xmpp:ping"/>')
    q = Peer(REQUIRED)
    q.open(tls=True)
    q.scram(user, PASSWORD)
    q.header()
    q.bad('set', "<bind xmlns='%s'><resource>%s</resource></bind>"
          % (BIND, 'x' * 1024))
    q.bind('good device=x')
    q.good('set', "<session xmlns='%s'/>" % raw.SESSION)
    for text in '<presence/>', "<message to='a@b'><body>x</body></message>":
        r = Peer(REQUIRED)      # before bind (RFC 6120 section 7.1)
        r.open(tls=True)
        r.scram(user, PASSWORD)
        r.header()
        r.mark = len(r.rx)
        r.send(text)
        r.stream_error('not-authorized')


def conflict():
    user = made()
    one = member(user, resource='same')
    two = member(user, resource='same')
    one.stream_error('conflict')
    two.presence()
    sent = push(user, title='x')
    check(two.push() is not None, 'the newer one gets nothing')
    two.settle()
    sent.result(0, 'delivered')
    other = member(user, resource='other')
    other.good('get', '<ping xmlns="urn:xmpp:ping"/>')
    two.good('get', '<ping xmlns="urn:xmpp:ping"/>')


def sessions(limit):
    user = made()
    peers = [member(user, resource='r%d' % i) for i in range(int(limit))]
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.scram(user, PASSWORD)
    p.header()
    p.bad('set', "<bind xmlns='%s'><resource>more</resource></bind>" % BIND,
          'resource-constraint')
    for q in peers:
        q.good('get', '<ping xmlns="urn:xmpp:ping"/>')


# ---- B6: XEP-0198

def sm():
    user = made()
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.scram(user, PASSWORD)
    p.header()
    p.send("<enable xmlns='%s'/>" % SM)
    s = p.stanza()
    check(s.tag == '{%s}failed' % SM and
          s.find('{%s}unexpected-request' % STANZAS) is not None,
          'enable before bind', show(s))
    p.bind('sm')
    e = p.enable_sm()
    check(e.get('resume') == 'true' and e.get('id') and
          int(e.get('max') or 1) > 0, 'enabled', show(e))
    p.send("<enable xmlns='%s'/>" % SM)
    s = p.want('{%s}failed' % SM)
    check(s.find('{%s}unexpected-request' % STANZAS) is not None,
          'enable twice', show(s))
    for n in range(1, 4):
        p.send("<iq type='get' id='c%d'><ping xmlns='urn:xmpp:ping'/></iq> "
               "<r xmlns='%s'/>" % (n, SM))
        p.want('iq', id='c%d' % n)
        a = p.want('{%s}a' % SM)
        check(a.get('h') == str(n), 'h', show(a))
    p.sm_in = 3
    p.presence()
    sent = push(user, title='one')
    check(p.push() is not None, 'no push')
    check(sent.p.poll() is None, 'delivered before the acknowledgement')
    p.want('{%s}r' % SM)
    p.send("<a xmlns='%s' h='2'/>" % SM)        # less than before: ignored
    p.send("<a xmlns='%s'/>" % SM)
    p.send("<a xmlns='%s' h='many'/>" % SM)
    time.sleep(0.3)
    check(sent.p.poll() is None, 'delivered by a wrong acknowledgement')
    p.ack()
    sent.result(0, 'delivered')
    p.send("<a xmlns='%s' h='1000'/>" % SM)
    m = p.expect('<stream:error>.*</stream:error>')
    check('undefined-condition' in m[0] and 'handled-count-too-high' in m[0],
          'h too high', m[0])
    p.ended()


def resumed(p, sid, h, user):
    q = Peer(REQUIRED)
    q.open(tls=True)
    q.scram(user, PASSWORD)
    q.header()
    q.send("<resume xmlns='%s' previd='%s' h='%d'/>" % (SM, sid, h))
    s = q.stanza()
    q.sm_in = p.sm_in
    return q, s


def sm_resume():
    user = made()
    p = member(user)
    sid = p.enable_sm().get('id')
    p.presence()
    sent = push(user, title='acked')
    check(p.push() is not None, 'no push')
    p.settle()
    sent.result(0, 'delivered')
    acked = p.sm_in
    two = push(user, title='unacked')
    a = p.push()
    p.kill()
    time.sleep(0.2)
    three = push(user, title='while away')
    q, s = resumed(p, sid, acked, user)
    check(s.tag == '{%s}resumed' % SM and s.get('previd') == sid and
          s.get('h') == '1', 'not resumed', show(s))
    q.sm_in = acked
    b = q.push()
    check(b['id'] == a['id'], 'not the unacknowledged push again', b)
    c = q.push()
    check(c['title'] == 'while away', 'not the push of the time away', c)
    q.settle()
    two.result(0, 'delivered')
    three.result(0, 'delivered')
    q.silent(1)
    # resume while the old connection is open: it gets a conflict
    four = None
    r, s = resumed(q, sid, q.sm_in, user)
    check(s.tag == '{%s}resumed' % SM, 'not resumed over an open one', show(s))
    q.expect('<stream:error>.*<conflict ')
    four = push(user, title='here')
    check(r.push()['title'] == 'here', 'the resumed session gets nothing')
    r.settle()
    four.result(0, 'delivered')


def sm_resume_acks():
    """h in a resume acknowledges what the lost connection could not."""
    user = made()
    p = member(user)
    sid = p.enable_sm().get('id')
    p.presence()
    sent = push(user, title='got it')
    check(p.push() is not None, 'no push')
    p.kill()
    q, s = resumed(p, sid, p.sm_in, user)
    check(s.tag == '{%s}resumed' % SM, 'not resumed', show(s))
    sent.result(0, 'delivered')
    q.silent(1)


def sm_resume_refused():
    user, other = made(), made()
    p = member(user)
    sid = p.enable_sm().get('id')
    for who, previd in ((user, 'unknown'), (user, sid + 'x'), (other, sid),
                        (user, 'x' * 4000)):
        q, s = resumed(p, previd, 0, who)
        check(s.tag == '{%s}failed' % SM and
              s.find('{%s}item-not-found' % STANZAS) is not None,
              'not item-not-found', show(s))
        q.bind('after')         # on the same stream
        q.close()
    p.good('get', '<ping xmlns="urn:xmpp:ping"/>')
    p.send('</stream:stream>')
    p.expect('</stream:stream>')
    q, s = resumed(p, sid, 0, user)     # a clean end is an end
    check(s.tag == '{%s}failed' % SM, 'resumed what was closed', show(s))


def sm_expired():
    """Behind resume-time (short here) the id is gone and what was not
    acknowledged comes to the next session, with the same id."""
    user = made()
    p = member(user)
    sid = p.enable_sm().get('id')
    p.presence()
    push(user, wait=False, title='kept').result(0)
    a = p.push(pong=False)
    p.kill()
    time.sleep(2.5)
    q, s = resumed(p, sid, 0, user)
    check(s.tag == '{%s}failed' % SM and
          s.find('{%s}item-not-found' % STANZAS) is not None,
          'not item-not-found', show(s))
    q.bind('new')
    q.presence()
    b = q.push()
    check(b is not None and a['id'] == b['id'], 'lost, or another id', b)


# ---- B7: routing

def iq():
    p = member()
    for text in ("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
                 "<iq id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
                 "<iq type='get' id='x'/>", "<iq type='nonsense' id='x'/>",
                 "<iq type='set' id='x'><a xmlns='b'/><c xmlns='d'/></iq>"):
        p.send(text)
        s = p.want('iq')
        check(s.get('type') == 'error' and
              s.find('.//{%s}bad-request' % STANZAS) is not None,
              'not bad-request', text, show(s))
    p.bad('get', '<ping xmlns="urn:xmpp:ping"/>',
          extra=" to='nobody@%s'" % DOMAIN)
    p.bad('get', '<ping xmlns="urn:xmpp:ping"/>',
          extra=" to='a@elsewhere.example'")
    p.good('get', '<ping xmlns="urn:xmpp:ping"/>', extra=" to='%s'" % DOMAIN)
    p.good('get', '<ping xmlns="urn:xmpp:ping"/>',
           extra=" to='%s'" % p.jid.split('/')[0])
    s = p.good('get', '<query xmlns="http://jabber.org/protocol/disco#info"/>',
               extra=" to='%s'" % DOMAIN)
    ns = '{http://jabber.org/protocol/disco#info}'
    check(any(i.get('category') == 'server' for i in
              s.iter(ns + 'identity')), 'no identity server', show(s))
    features = {f.get('var') for f in s.iter(ns + 'feature')}
    check({'urn:xmpp:ping', 'jabber:iq:version',
           'http://jabber.org/protocol/disco#info'} <= features,
          'features', features)
    for what in 'jabber:iq:private', 'vcard-temp', 'urn:xmpp:blocking':
        p.bad('get', '<query xmlns="%s"/>' % what)


def own_account():
    """XEP-0077 after login: each IQ is answered once."""
    def change(password):
        return ("<query xmlns='%s'><username>%s</username><password>%s"
                "</password></query>" % (raw.REGISTER, p.user, password))
    p = member()
    p.bad('set', change(''))
    s = p.good('set', change('another-one'), extra=" to='%s'" % DOMAIN)
    check(s.get('from') == DOMAIN, 'from whom', show(s))
    q = Peer(REQUIRED)
    q.open(tls=True)
    check(q.scram(p.user, 'another-one').tag == '{%s}success' % SASL,
          'the new password does not fit')
    p.send(''.join("<iq type='set' id='c%d'>%s</iq>" % (i, change('p%d' % i))
                   for i in range(50)))
    answers = [p.want('iq') for i in range(50)]
    check({a.get('id') for a in answers} == {'c%d' % i for i in range(50)},
          'each once', [a.get('id') for a in answers])
    errors = [a for a in answers if a.get('type') == 'error']
    check(40 < len(errors) < 50 and errors[0].find(
        './/{%s}resource-constraint' % STANZAS) is not None,
          'one at a time', len(errors))
    p.send("<iq type='set' id='gone'><query xmlns='%s'><remove/></query></iq>"
           % raw.REGISTER)
    check(p.want('iq', id='gone').get('type') == 'result', 'not removed')
    p.stream_error('not-authorized')
    check(p.rx.count("id='gone'") == 1, 'answered twice')


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except (Failed, OSError) as e:
        print('%s: %s' % (sys.argv[1], e), file=sys.stderr)
        if not isinstance(e, Failed):
            raise
        sys.exit(1)


if __name__ == '__main__':
    main()
