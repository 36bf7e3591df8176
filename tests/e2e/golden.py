"""golden - the transcripts of the unmodified androidpn client against the
server, by name: golden.py g1.  Prints ok, or the reason and exits 1."""

import json
import os
import random
import subprocess
import sys
import time
import uuid

import raw
from raw import AUTH, REGISTER, Failed, Peer, check, show

BIN = os.environ['PUSH_BIN']
OPTIONAL = os.environ.get('PORT_OPTIONAL')
OFF = os.environ.get('PORT_OFF')
REQUIRED = os.environ.get('PORT_REQUIRED')
DOMAIN = os.environ['DOMAIN']


def hex32():
    return uuid.uuid4().hex


class Phone(Peer):
    """androidpn 0.5.0: its bytes, in its order (androidpn.md 2.1)."""

    prefix = ''.join(random.choices('abcdefghijkLMNOPQRST0123456789', k=5))
    serial = 0

    def next_id(self):
        Phone.serial += 1
        return '%s-%d' % (Phone.prefix, Phone.serial - 1)

    def header(self, to=None, declaration=''):
        self.restart()
        self.mark = len(self.rx)
        self.send('<stream:stream to="%s" xmlns="jabber:client" xmlns:stream='
                  '"http://etherx.jabber.org/streams" version="1.0">'
                  % (to or self.domain or self.to))
        return self.features()

    def connect(self, host='10.0.2.2', tls=True):
        """Up to the features under TLS."""
        f = self.header(host)
        check((f.find('{%s}starttls' % raw.TLS) is not None) == tls,
              'starttls offered: not as this listener must', show(f))
        if tls:
            self.starttls()
            f = self.header()
            check(f.find('{%s}starttls' % raw.TLS) is None,
                  'starttls is offered again under TLS')
        check(f.find('{http://jabber.org/features/iq-auth}auth') is not None,
              'no <auth/> feature', show(f))
        return f

    def send_iq(self, kind, payload):
        i = self.next_id()
        self.send('<iq id="%s" type="%s">%s</iq>' % (i, kind, payload))
        return i

    def sign_up(self, user, password):
        i = self.send_iq('set', '<query xmlns="%s"><password>%s</password>'
                         '<username>%s</username></query>'
                         % (REGISTER, password, user))
        s = self.want('iq', id=i)
        check(s.get('type') == 'result', 'registration refused', show(s))

    def sign_in(self, user, password, resource='AndroidpnClient'):
        """Both auth IQs; each must be answered within the client's 5 s."""
        i = self.send_iq('get', '<query xmlns="%s"><username>%s</username>'
                         '</query>' % (AUTH, user))
        s = self.want('iq', 5, id=i)
        check(s.get('type') == 'result', 'auth get refused', show(s))
        q = s.find('{%s}query' % AUTH)
        check(q is not None and q.find('{%s}password' % AUTH) is not None,
              'no <password/> in the fields', show(s))
        check(q.find('{%s}digest' % AUTH) is None, '<digest/> is offered')
        i = self.send_iq('set', '<query xmlns="%s"><username>%s</username>'
                         '<password>%s</password><resource>%s</resource>'
                         '</query>' % (AUTH, user, password, resource))
        s = self.want('iq', 5, id=i)
        self.jid = s.get('to')
        return s

    def log_in(self, user, password):
        s = self.sign_in(user, password)
        check(s.get('type') == 'result', 'login refused', show(s))

    def come_online(self):
        self.send_iq('get', '<query xmlns="jabber:iq:roster" ></query>')
        self.send('<presence id="%s"></presence>' % self.next_id())

    def start(self, user, password, register=False, **how):
        self.connect(**how)
        if register:
            self.sign_up(user, password)
        self.log_in(user, password)
        self.come_online()
        return self


class Send:
    """A pushsend in the background."""

    def __init__(self, *args, text=None):
        self.p = subprocess.Popen([BIN + '/pushsend', '-o', 'json', *args],
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        self.p.stdin.write((text or '').encode())
        self.p.stdin.close()

    def result(self, code=None, state=None):
        out = self.p.stdout.read().decode()
        err = self.p.stderr.read().decode()
        rc = self.p.wait(raw.TIMEOUT)
        check(code is None or rc == code,
              'pushsend left with %d, not %s' % (rc, code), out, err)
        lines = [json.loads(x) for x in out.splitlines()]
        check(state is None or (lines and lines[-1]['state'] == state),
              'pushsend did not end in %s' % state, out, err)
        return lines


def push(user, wait=True, **fields):
    fields['to'] = 'device:' + user
    return Send(*(["-w"] if wait else []),
                text=json.dumps(fields, ensure_ascii=False) + "\n")


def got(phone, title, **fields):
    p = phone.push()
    check(p is not None, 'the push did not come')
    check(p['title'] == title, 'another push came', p)
    for k, v in fields.items():
        check(p[k] == v, 'not the %s that was sent' % k, p[k], v)
    return p


# ---- the transcripts

def g1():
    """First start: STARTTLS, register, auth, roster, presence, push."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    check(phone.jid == '%s@%s/AndroidpnClient' % (user, DOMAIN),
          'not the full JID in the auth result', phone.jid)
    sent = push(user, title='Hello', message='text', uri='http://x/')
    p = got(phone, 'Hello', message='text', uri='http://x/')
    s = p['stanza']
    check(p['form'] == 'notification', 'not the androidpn IQ', show(s))
    check(s.get('type') == 'set' and s.get('to') == phone.jid,
          'not type set to the full JID', show(s))
    check(s.get('from') is None, 'a from where the original has none')
    check({'id', 'apiKey', 'title', 'message', 'uri'} <= set(p),
          'not all five children', show(s))
    phone.settle()
    r = sent.result(0, 'delivered')[-1]
    check(r['id'] == p['id'] == s.get('id'), 'not the same id everywhere')


def g2():
    """Second start: no registration."""
    user, password = hex32(), hex32()
    first = Phone(REQUIRED).start(user, password, register=True)
    first.send('<presence id="x" type="unavailable"></presence>'
               '</stream:stream>')
    first.ended()
    phone = Phone(REQUIRED).start(user, password)
    sent = push(user, title='again')
    got(phone, 'again')
    phone.settle()
    sent.result(0, 'delivered')


def g3():
    """Only hashes are stored: no digest is offered, and one that is sent all
    the same is refused without the text 401, which would make the client
    throw its account away."""
    user, password = hex32(), hex32()
    for port, tls in (REQUIRED, True), (OFF, False):
        phone = Phone(port)
        phone.connect(tls=tls)
        if tls:
            phone.sign_up(user, password)
        i = phone.send_iq('get', '<query xmlns="%s"><username>%s</username>'
                          '</query>' % (AUTH, user))
        s = phone.want('iq', id=i)
        check(s.find('.//{%s}digest' % AUTH) is None, 'digest is offered')
        i = phone.send_iq('set', '<query xmlns="%s"><username>%s</username>'
                          '<digest>%040x</digest><resource>AndroidpnClient'
                          '</resource></query>' % (AUTH, user, 7))
        s = phone.want('iq', id=i)
        check(s.get('type') == 'error', 'a digest was accepted', show(s))
        check('401' not in show(s).replace(i, ''), 'the text 401', show(s))
        phone.log_in(user, password)


def g4(user, password):
    """A login of each kind, for the search for the password."""
    phone = Phone(REQUIRED).start(user, password, register=True)
    phone.close()
    for how in 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN':
        p = Peer(REQUIRED)
        p.open(tls=True)
        p.login(user, password, how=how)
        p.bye()
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.plain(user, password + 'x')
    s = p.legacy(user, password + 'y')
    p.close()


def g5():
    """Unknown account: the get as for a known one; 401 at the set; then the
    client registers anew on the same stream."""
    known, user, password = hex32(), hex32(), hex32()
    phone = Phone(REQUIRED)
    phone.connect()
    phone.sign_up(known, password)

    def fields(name):
        i = phone.send_iq('get', '<query xmlns="%s"><username>%s</username>'
                          '</query>' % (AUTH, name))
        s = phone.want('iq', id=i)
        return [c.tag for c in s.find('{%s}query' % AUTH)]
    check(fields(known) == fields(user), 'a name can be probed by get')
    s = phone.sign_in(user, password)
    check(s.get('type') == 'error', 'an unknown account got in', show(s))
    e = s.find('{jabber:client}error')
    check(e.get('code') == '401' and e.get('type') == 'auth' and
          e.find('{%s}not-authorized' % raw.STANZAS) is not None,
          'not the 401 that the client needs', show(s))
    check(password not in show(s), 'the error repeats the password')
    phone.sign_up(user, password)
    phone.log_in(user, password)
    phone.come_online()
    sent = push(user, title='after all')
    got(phone, 'after all')
    phone.settle()
    sent.result(0, 'delivered')


def g6():
    """The 0.4.5 client: no TLS; features without <required/>."""
    user, password = hex32(), hex32()
    for port, register in (OPTIONAL, True), (OFF, False):
        phone = Phone(port)
        f = phone.header('10.0.2.2')
        starttls = f.find('{%s}starttls' % raw.TLS)
        check((starttls is not None) == (port == OPTIONAL),
              'starttls: not as this listener must', show(f))
        check(starttls is None or len(starttls) == 0,
              '<required/> where TLS is optional', show(f))
        if register:
            phone.sign_up(user, password)
        phone.log_in(user, password)
        phone.come_online()
        sent = push(user, title='plain')
        got(phone, 'plain')
        phone.settle()
        sent.result(0, 'delivered')
        phone.close()


def g7():
    """Any `to` is served; our own domain is in `from`."""
    user, password = hex32(), hex32()
    for n, to in enumerate(('127.0.0.1', '10.0.2.2', '[::1]', 'other.example',
                            DOMAIN.upper(), 'localhost')):
        phone = Phone(REQUIRED)
        phone.start(user, password, register=n == 0, host=to)
        check(phone.domain == DOMAIN, 'another domain in from', phone.domain)
        phone.want('iq', type='result')
        phone.close()


def g8():
    """Nothing is sent before presence, and never in one write with the auth
    result."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED)
    phone.connect()
    phone.sign_up(user, password)
    push(user, wait=False, title='early').result(0, 'queued')
    phone.log_in(user, password)
    check(not phone.stanzas, 'something came with the auth result')
    phone.silent(1.5)
    push(user, wait=False, title='early too').result(0, 'queued')
    phone.send_iq('get', '<query xmlns="jabber:iq:roster" ></query>')
    s = phone.want('iq', type='result')
    phone.silent(0.5)
    phone.send('<presence id="p"></presence>')
    got(phone, 'early')
    got(phone, 'early too')
    phone.settle()


def g9():
    """The ping barrier acknowledges; without an answer it stays queued and
    comes again with the same id."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    sent = push(user, title='one')
    got(phone, 'one')
    ping = phone.want('iq', type='get')
    check(ping.find('{%s}ping' % raw.PING) is not None,
          'no ping behind the push', show(ping))
    check(sent.p.poll() is None, 'delivered before the answer')
    # An answer with another id says nothing.
    phone.send('<iq id="other" type="error"><error code="501" type="CANCEL">'
               '<feature-not-implemented xmlns="%s"/></error></iq>'
               % raw.STANZAS)
    time.sleep(0.3)
    check(sent.p.poll() is None, 'a stray answer acknowledged')
    phone.pong(ping)
    sent.result(0, 'delivered')

    sent = Send('-w', '-W', '1s', text=json.dumps(
        {'to': 'device:' + user, 'title': 'two'}) + '\n')
    p = got(phone, 'two')
    r = sent.result(10)[-1]
    check(r['id'] == p['id'] and r['state'] in ('queued', 'sent'),
          'not the same id, still queued', r)
    phone.kill()
    phone = Phone(REQUIRED).start(user, password)
    q = got(phone, 'two')
    check(q['id'] == p['id'], 'another id the second time')
    phone.settle()
    phone.silent(1.5)


def g10_send(user, password, count):
    """Registers, goes, and is pushed to while away."""
    phone = Phone(REQUIRED).start(user, password, register=True)
    phone.kill()
    text = ''.join(json.dumps({'to': 'device:' + user, 'title': str(n)}) + '\n'
                   for n in range(int(count)))
    for r in Send(text=text).result(0):
        print(r['id'])


def g10_receive(user, password, first, count):
    """What waited comes once, in order, from number `first` on."""
    phone = Phone(REQUIRED).start(user, password)
    for n in range(int(first), int(count)):
        print(got(phone, str(n))['id'])
    if first == count:
        phone.want('iq', type='result')
    else:
        phone.settle()
    phone.silent(1.5)
    phone.close()


def g14():
    """The second login wins; the end of the first leaves it online."""
    user, password = hex32(), hex32()
    one = Phone(REQUIRED).start(user, password, register=True)
    one.want('iq', type='result')
    two = Phone(REQUIRED).start(user, password)
    two.want('iq', type='result')
    one.expect('<stream:error>.*<conflict .*</stream:error>')
    one.close()
    sent = push(user, title='to the second')
    got(two, 'to the second')
    two.settle()
    sent.result(0, 'delivered')


def g15():
    """Silence is probed (idle-time is short here): who answers stays, who
    does not is cut off by a stream error or a reset."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    phone.want('iq', type='result')
    end = time.monotonic() + 4
    pings = 0
    while time.monotonic() < end:
        s = phone.stanza(end - time.monotonic())
        if s is not None:
            pings += s.find('{%s}ping' % raw.PING) is not None
            phone.pong(s)
    check(pings >= 1, 'silence was not probed')
    sent = push(user, title='alive')
    got(phone, 'alive')
    phone.settle()
    sent.result(0, 'delivered')
    # White space is life, too, but a ping that nobody answers is not.
    try:
        phone.expect('<stream:error>.*<connection-timeout ', 30)
    except raw.Closed as e:
        check(e.how == 'reset', 'a bare FIN makes a zombie of the client')


def g15_idle(seconds):
    """No byte for a while after presence is fine by default."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    phone.want('iq', type='result')
    phone.silent(float(seconds))
    sent = push(user, title='awake')
    got(phone, 'awake')
    phone.settle()
    sent.result(0, 'delivered')


TEXTS = [
    '<>&"\'', ']]>', '<![CDATA[x]]>', '&amp;&lt;', '&#65;', '',
    'line\nline\r\nline\rtab\t', '  leading and trailing  ', '中文推送',
    '\U0001f600\U0001f468\u200d\U0001f469', '\u00e9\u0301\u202e\ufffd',
    '<title>no child</title>', '</message></notification></iq>', 'x' * 60000,
    '\u4e2d' * 20000, '\u0085\u2028\u00a0', '\u007f',
]


def g16():
    """Every text arrives as it was sent, in both forms."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    other = hex32()
    p = Peer(REQUIRED)
    p.open(tls=True)
    p.register(other, password)
    p.login(other, password)
    p.presence()
    for t in TEXTS:
        short = t if len(t) < 1000 else 'long'
        for who, dev in (user, phone), (other, p):
            sent = push(who, title=short, message=t, uri='x:' + short)
            q = dev.push()
            check(q is not None, 'text did not come', t[:80])
            if q['form'] == 'message':
                obj = json.loads(q['json'])
                q = {**q, **{k: obj.get(k, '') for k in
                             ('title', 'message', 'uri')}}
            for k, v in ('title', short), ('message', t), ('uri', 'x:' + short):
                check(q[k] == v, 'changed on the way: %s of %s' % (k, dev),
                      q[k][:80], v[:80])
            dev.settle()
            sent.result(0, 'delivered')


def g16_refused():
    """What XML 1.0 forbids and what is too large is refused, naming why."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED).start(user, password, register=True)
    for bad in '\\u0000', '\\u0001', '\\u000b', '\\u001f', '\\ufffe', '\\uffff':
        for key in 'title', 'message', 'uri':
            r = Send(text='{"to":"device:%s","%s":"a%sb"}\n'
                     % (user, key, bad)).result(65, 'refused')[-1]
            check(r['error'] == 'bad-character', 'not bad-character', r)
    for bad in '\\ud800', '\\udc00x', '\\ud800\\ud800':
        r = Send(text='{"to":"device:%s","title":"%s"}\n'
                 % (user, bad)).result(65, 'refused')[-1]
        check(r['error'].startswith('bad-'), 'not bad-...', r)
    p = subprocess.run([BIN + '/pushsend', '-o', 'json'], capture_output=True,
                       input=b'{"to":"device:%s","title":"\xff\xfe"}\n'
                       % user.encode(), timeout=raw.TIMEOUT)
    check(p.returncode == 65 and b'"bad-' in p.stdout, 'bytes that are not '
          'UTF-8 were not refused', p.stdout, p.stderr)
    r = Send(text=json.dumps({'to': 'device:' + user, 'message': 'x' * 70000})
             + '\n').result(12, 'refused')[-1]
    check(r['error'] == 'too-large', 'not too-large', r)
    sent = push(user, title='still here')
    got(phone, 'still here')
    phone.settle()
    sent.result(0, 'delivered')


def g19():
    """Over registration-rate (2 at once and one in 1800 s here) the answer is
    held back, never an error, and the others are served meanwhile; a repeat
    is a result."""
    names = [hex32() for _ in range(3)]
    phones = []
    for name in names:
        p = Phone(REQUIRED)
        p.connect()
        i = p.send_iq('set', '<query xmlns="%s"><password>pw%s</password>'
                      '<username>%s</username></query>'
                      % (REGISTER, name, name))
        if len(phones) < 2:
            s = p.want('iq', id=i)
            check(s.get('type') == 'result', 'refused below the rate', show(s))
        phones.append(p)
    held = phones[2]
    held.silent(2)
    held.send(' ')
    for name, p in zip(names[:2], phones):
        p.sign_up(name, 'pw' + name)    # the answer was lost in the radio
        p.log_in(name, 'pw' + name)
    other = Phone(REQUIRED)
    other.start(names[0], 'pw' + names[0])
    held.silent(1)


def g20():
    """Corners of registration."""
    p = Phone(REQUIRED)
    p.connect()

    def ask(fields, extra=''):
        i = p.next_id()
        p.send('<iq id="%s" type="set"%s><query xmlns="%s">%s</query></iq>'
               % (i, extra, REGISTER, fields))
        return p.want('iq', 30, id=i)

    def fine(*a, **k):
        s = ask(*a, **k)
        check(s.get('type') == 'result', 'refused', a, show(s))

    def wrong(code, *a):
        s = ask(*a)
        e = s.find('{jabber:client}error')
        check(e is not None and e.get('code') in code, 'not an error %s'
              % (code,), a, show(s))
        check('pw1' not in show(s), 'the error repeats the password')
    u = [hex32() for _ in range(9)]
    name = '<username>%s</username>'
    pw = '<password>pw1</password>'
    fine(name % u[0] + pw)                                  # any order
    fine(pw + name % u[1])
    fine(name % u[2] + pw, extra=' to="10.0.2.2"')          # daktak
    fine(name % u[3] + pw + '<email>a@b.c</email><name>A B</name>')
    fine(name % u[4].upper() + pw, extra=' from="x@%s"' % DOMAIN)
    fine(name % u[0] + pw)                                  # the same again
    wrong(('409',), name % u[0] + '<password>other</password>')
    wrong(('409',), name % u[0].upper() + '<password>other</password>')
    wrong(('406',), name % u[5])
    wrong(('406',), pw)
    wrong(('406',), name % u[5] + '<password/>')
    wrong(('406',), name % '' + pw)
    wrong(('400', '406'), name % 'a b@c/d' + pw)
    wrong(('400', '406'), name % ('x' * 1024) + pw)
    i = p.send_iq('get', '<query xmlns="%s"/>' % REGISTER)
    s = p.want('iq', id=i)
    q = s.find('{%s}query' % REGISTER)
    check(s.get('type') == 'result' and
          q.find('{%s}username' % REGISTER) is not None and
          q.find('{%s}password' % REGISTER) is not None,
          'the form lacks username or password', show(s))
    # A name in capitals can log in, under either spelling.
    for spelling in u[4].upper(), u[4].lower():
        phone = Phone(REQUIRED)
        phone.connect()
        phone.log_in(spelling, 'pw1')
        check(phone.jid == '%s@%s/AndroidpnClient' % (u[4].lower(), DOMAIN),
              'not folded to lower case', phone.jid)
        phone.close()
    # Registered, but not logged in: the rest of the house stays shut.
    i = p.send_iq('get', '<query xmlns="jabber:iq:roster"/>')
    s = p.want('iq', id=i)
    check(s.get('type') == 'error', 'roster before login', show(s))


def g21():
    """Unknown IQ, message and presence types get the right error and the
    stream survives."""
    user, password = hex32(), hex32()
    early = Phone(REQUIRED)
    early.connect()
    i = early.send_iq('get', '<query xmlns="x:unknown"/>')
    s = early.want('iq', id=i)
    e = s.find('{jabber:client}error')
    check(e is not None and e.get('code') == '401' and
          e.find('{%s}not-authorized' % raw.STANZAS) is not None,
          'an IQ before login: not 401', show(s))
    early.sign_up(user, password)       # it survived
    phone = Phone(REQUIRED).start(user, password)
    for kind in 'get', 'set':
        i = phone.send_iq(kind, '<query xmlns="x:unknown"/>')
        s = phone.want('iq', id=i)
        e = s.find('{jabber:client}error')
        check(e is not None and e.get('code') == '503' and
              e.find('{%s}service-unavailable' % raw.STANZAS) is not None,
              'an unknown namespace: not 503', show(s))
    for kind in 'subscribe', 'subscribed', 'unsubscribe', 'probe', 'error', \
            'nonsense', 'unavailable':
        phone.send('<presence type="%s" to="nobody@%s"/>' % (kind, DOMAIN))
    phone.send('<message to="nobody@%s" id="m1"><body>x</body></message>'
               % DOMAIN)
    s = phone.want('message', id='m1')
    check(s.get('type') == 'error', 'a message to nobody', show(s))
    phone.send('<iq type="result" id="stray"/>')
    phone.send('<iq type="error" id="stray"><error code="501" type="CANCEL">'
               '<feature-not-implemented xmlns="%s"/></error></iq>'
               % raw.STANZAS)
    phone.send('<x xmlns="foreign"><y/></x> \n ')
    phone.send('<r xmlns="urn:xmpp:sm:3"/><a xmlns="urn:xmpp:sm:3" h="7"/>')
    i = phone.next_id()
    phone.send('<iq id="%s"><query xmlns="jabber:iq:roster"/></iq>' % i)
    s = phone.want('iq', id=i)
    check(s.get('type') == 'error', 'an IQ without a type', show(s))
    sent = push(user, title='survived')
    got(phone, 'survived')
    phone.settle()
    sent.result(0, 'delivered')


def g22():
    """Roster, bind, session, version, disco and ping are answered."""
    user, password = hex32(), hex32()
    phone = Phone(REQUIRED)
    phone.connect()
    phone.sign_up(user, password)
    phone.log_in(user, password)
    r = phone.good('get', '<query xmlns="jabber:iq:roster"/>')
    check(r.find('{jabber:iq:roster}query') is not None, 'no roster', show(r))
    phone.good('set', '<session xmlns="%s"/>' % raw.SESSION)
    r = phone.good('get', '<query xmlns="jabber:iq:version"/>')
    q = r.find('{jabber:iq:version}query')
    check(q.findtext('{jabber:iq:version}name') and
          q.findtext('{jabber:iq:version}version'), 'no version', show(r))
    phone.good('get', '<ping xmlns="urn:xmpp:ping"/>')
    phone.good('get', '<ping xmlns="urn:xmpp:ping"/>',
               extra=' to="%s"' % DOMAIN)
    for what in 'info', 'items':
        phone.good('get', '<query xmlns="http://jabber.org/protocol/disco#%s"/>'
                   % what, extra=' to="%s"' % DOMAIN)
    # a second bind: refused or answered, and the stream stays
    s = phone.iq('set', '<bind xmlns="%s"/>' % raw.BIND)
    check(s.get('type') in ('result', 'error'), 'no answer to bind')
    phone.good('get', '<ping xmlns="urn:xmpp:ping"/>')


def main():
    name = sys.argv[1]
    try:
        globals()[name](*sys.argv[2:])
    except (Failed, OSError, subprocess.TimeoutExpired) as e:
        print('%s: %s' % (name, e), file=sys.stderr)
        if not isinstance(e, Failed):
            raise
        sys.exit(1)


if __name__ == '__main__':
    main()
