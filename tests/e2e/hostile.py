"""hostile - the hostile and the clumsy peer, by name: hostile.py storm.
Each attack is bounded; what it leaves behind is looked at in the end."""

import json
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time

from control import Line
from raw import BIND, REGISTER, SASL, SM, Closed, Failed, Peer, b64, check, show
from stream import (DIRECT, HEAD, OFF, OPTIONAL, PASSWORD, REQUIRED, made,
                    member, name)

PING = "<iq type='get' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>"
AUTH = ("<iq type='set' id='i'><query xmlns='jabber:iq:auth'><username>%s"
        '</username><password>%s</password><resource>%s</resource></query>'
        '</iq>')
SM_ELEMENT = "<%s xmlns='" + SM + "' %s/>"


class Control(Line):
    def do(self, verb, **fields):
        """One request; its last reply."""
        self.s.sendall((json.dumps(dict(fields, id=1, do=verb)) +
                        '\n').encode())
        while True:
            r = self.answer()
            if r.get('done'):
                return r

    def push(self, to, title='t', **fields):
        fields.update(to=to, title=title)
        return self.do('send', push=fields)['result']

    def status(self):
        return self.do('status')['status']

    def close(self):
        self.f.close()
        self.s.close()


class Watch:
    """The status must answer within a second, all along."""

    def __init__(self):
        self.worst, self.over, self.c = 0, False, Control()
        self.t = threading.Thread(target=self.run)
        self.t.start()

    def run(self):
        while not self.over:
            began = time.monotonic()
            self.c.status()
            self.worst = max(self.worst, time.monotonic() - began)
            time.sleep(0.1)

    def end(self):
        self.over = True
        self.t.join()
        self.c.close()
        check(self.worst < float(os.environ.get('PUSH_STATUS_TIME', '2')),
              'the status was late', self.worst)


def connect(port, source='127.0.0.1'):
    s = socket.create_connection(('127.0.0.1', int(port)), 5, (source, 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()


def threads(*functions):
    """Runs them all at once; the first failure is this one's."""
    failed = []

    def guard(f):
        try:
            f()
        except Exception as e:
            failed.append(e)
    ts = [threading.Thread(target=guard, args=(f,)) for f in functions]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    if failed:
        raise failed[0]


def settled(seconds=20):
    """Nothing may be left of the connections."""
    c = Control()
    end = time.monotonic() + seconds
    while True:
        st = c.status()
        if st['sessions'] == 0 and st['connections'] == 0:
            c.close()
            return st
        check(time.monotonic() < end, 'sessions or connections are left', st)
        time.sleep(0.1)


def balance():
    """The states of all pushes add up."""
    c = Control()
    end = time.monotonic() + 10
    while True:
        st = c.status()
        if st['accepted'] == (st['queued'] + st['delivered'] + st['expired'] +
                              st['cancelled'] + st['failed']):
            return
        check(time.monotonic() < end, 'the states do not add up', st)
        time.sleep(0.1)


# ---- logins

def one_login(users, stage):
    """A login that is left at a random moment, in one of four ways."""
    user = random.choice(users)
    plain = ("<auth xmlns='%s' mechanism='PLAIN'>%s</auth>"
             % (SASL, b64(('\0%s\0%s' % (user, PASSWORD)).encode())))
    bind = ("<iq type='set' id='b'><bind xmlns='%s'><resource>x</resource>"
            '</bind></iq>' % BIND + SM_ELEMENT % ('enable', "resume='true'") +
            '<presence/>')
    scram = ("<auth xmlns='%s' mechanism='SCRAM-SHA-256'>%s</auth>"
             % (SASL, b64(('n,,n=%s,r=abcdefgh' % user).encode())))
    if stage % 4 == 0:
        s = connect(OFF)
        text = AUTH % (user, PASSWORD, 'r%d' % random.randrange(3))
    elif stage % 4 == 1:
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        s = ctx.wrap_socket(connect(DIRECT))
        text = plain + HEAD + bind
    elif stage % 4 == 2:
        s = connect(OFF)
        text = scram
    else:
        s = connect(OFF)
        text = ("<iq type='set' id='g'><query xmlns='%s'><username>%s"
                '</username><password>p</password></query></iq>'
                % (REGISTER, random.choice(users)))
    s.sendall((HEAD + text).encode())
    time.sleep(random.choice((0, 0.0005, 0.002, 0.005, 0.01, 0.03)))
    if random.randrange(2):
        reset(s)
    else:
        s.close()


def storm():
    users = [made() for _ in range(5)]
    watch = Watch()

    def logins():
        for _ in range(80):
            try:
                one_login(users, random.randrange(4))
            except OSError:
                pass

    def operator():
        c = Control()
        for i in range(40):
            user = users[i % 5]
            if i % 4 == 0:
                c.do('user-enable', user=user, enabled=False)
                c.do('user-enable', user=user, enabled=True)
            elif i % 4 == 1:
                c.do('user-del', user=user)
                c.do('user-add', user=user, password=PASSWORD,
                     if_missing=True)
            elif i % 4 == 2:
                c.do('sessions')
            else:
                c.push(user, message='m' * 3000)
            time.sleep(0.01)
    threads(logins, logins, logins, logins, operator)
    watch.end()
    c = Control()
    for user in users:              # their detached sessions as well
        c.do('user-del', user=user)
    st = settled(40)
    check(st['queued'] == 0 and st['online'] == 0, 'something is left', st)
    balance()


def guesses():
    """Thousands of wrong passwords from one address are its own problem."""
    user = made()
    over = []

    def guess():
        while not over:
            try:
                s = connect(OFF, '127.0.0.9')
                s.sendall((HEAD + AUTH % (name(), 'x', 'r')).encode())
                time.sleep(0.001)
                s.close()
            except OSError:
                pass

    def good():
        try:
            for _ in range(8):
                began = time.monotonic()
                p = direct(user)
                took = time.monotonic() - began
                p.close()
                check(took < 5, 'a login took too long', took)
                time.sleep(0.2)
        finally:
            over.append(1)
    threads(guess, guess, guess, good)


def direct(user):
    p = Peer(DIRECT, direct=True)
    p.open()
    p.login(user, PASSWORD, how='PLAIN')
    return p


def long_id():
    """An IQ is answered with its own id, whole."""
    user = made()
    p = Peer(OFF)
    p.open()
    for text in ('é' * 100, 'x' * 127 + 'é', 'x' * 3000):
        p.send("<iq type='get' id='%s'><query xmlns='jabber:iq:auth'>"
               '<username>%s</username></query></iq>' % (text, user))
        check(p.stanza().get('id') == text, 'another id came back')
    p.close()


# ---- sessions

def resumes():
    """Of many resumes of one session one has it; nobody gets another's."""
    user = made()
    p = member(user)
    sm = p.enable_sm().get('id')
    other = Peer(OFF)
    other.open()
    other.scram(made(), PASSWORD)
    other.header()
    other.send(SM_ELEMENT % ('resume', "previd='%s' h='0'" % sm))
    s = other.stanza()
    check(s.tag == '{%s}failed' % SM, 'a stranger resumed', show(s))
    p.good('get', "<ping xmlns='urn:xmpp:ping'/>")
    p.kill()
    peers = []
    for _ in range(4):
        q = Peer(OFF)
        q.open()
        q.scram(user, PASSWORD)
        q.header()
        peers.append(q)
    for q in peers:
        q.send(SM_ELEMENT % ('resume', "previd='%s' h='1'" % sm))
    lost = 0
    for q in peers:
        s = q.stanza()
        check(s.tag in ('{%s}resumed' % SM, '{%s}failed' % SM),
              'neither resumed nor failed', show(s))
    for i, q in enumerate(peers):
        try:
            q.send(PING % ('alive%d' % i))
            q.expect("<iq [^>]*id='alive%d'" % i, 3)
        except (Failed, OSError):
            lost += 1
    check(lost == 3, 'not one owner of the session', lost)
    check(Control().status()['sessions'] == 1, 'more than one session')
    for q in peers:
        q.close()


def later_ack():
    """What is sent while an <a/> is awaited is asked for, too."""
    user = made()
    p = member(user)
    p.enable_sm()
    p.presence()
    c = Control()
    c.push(user, 'one')
    check(p.push(pong=False)['title'] == 'one', 'not the first')
    c.push(user, 'two')
    check(p.push(pong=False)['title'] == 'two', 'not the second')
    p.send(SM_ELEMENT % ('a', "h='1'"))
    p.want('{%s}r' % SM, 5)
    p.ack()
    p.bye()


def unread():
    """Who does not read is not read either, and loses nothing."""
    user = made()
    p = member(user, port=OFF)
    count, sent = 100000, []
    watch = Watch()

    def send():
        for i in range(0, count, 1000):
            p.sock.sendall(''.join(PING % j
                                   for j in range(i, i + 1000)).encode())
            sent.append(i)
    p.sock.settimeout(60)
    t = threading.Thread(target=send)
    t.start()
    time.sleep(1.5)
    got, tail, answer = 0, b'', b"<iq type='result'"
    while got < count:
        data = p.sock.recv(1 << 20)
        check(data, 'the connection ended', got)
        tail += data
        got += tail.count(answer)
        tail = tail[1 - len(answer):]
    t.join()
    check(got == count, 'answers are missing', got)
    watch.end()
    p.close()


def removed():
    """An account that goes takes all of its sessions with it."""
    for how in ('remove', 'user-del', 'user-enable'):
        user = made()
        c, waiting = Control(), Control()
        bound = member(user, resource='a')
        cut = member(user, resource='b')
        sm = cut.enable_sm().get('id')
        cut.presence()
        cut.kill()
        late = Peer(OFF)
        late.open()
        late.scram(user, PASSWORD)
        late.header()
        waiting.s.sendall(json.dumps(
            {'id': 5, 'do': 'send', 'wait': 'delivered',
             'push': {'to': user, 'title': 'w'}}).encode() + b'\n')
        waiting.answer()
        if how == 'remove':
            bound.send("<iq type='set' id='x'><query xmlns='%s'><remove/>"
                       '</query></iq>' % REGISTER)
        else:
            fields = {'enabled': False} if how == 'user-enable' else {}
            check(c.do(how, user=user, **fields).get('error') is None,
                  how)
        bound.stream_error('not-authorized')
        if how != 'user-enable':
            check(waiting.answer()['result']['state'] == 'cancelled',
                  'the waiting sender was not told')
        late.send(SM_ELEMENT % ('resume', "previd='%s' h='0'" % sm) +
                  "<iq type='set' id='b'><bind xmlns='%s'/></iq>" % BIND)
        late.stream_error('not-authorized')
        r = c.push(user)
        check(r['state'] == 'refused', 'accepted for nobody', r)
        waiting.close()
    settled()
    balance()


def cuts():
    """Reset anywhere, resumed or not: all arrives, in order."""
    user, count = made(), 300
    order, seen = [], set()

    def send():
        c = Control()
        for i in range(count):
            while c.push(user, '%05d' % i, message='m' * random.choice(
                    (1, 500, 20000)))['state'] == 'refused':
                time.sleep(0.05)

    def receive():
        sm, h, end = None, 0, time.monotonic() + 60
        while len(seen) < count and time.monotonic() < end:
            p = Peer(OFF)
            p.open()
            p.scram(user, PASSWORD)
            p.header()
            if sm is not None:
                p.send(SM_ELEMENT % ('resume', "previd='%s' h='%d'"
                                     % (sm, h)))
                if p.stanza().tag == '{%s}resumed' % SM:
                    p.sm_in = h
                else:
                    sm = None
            if sm is None:
                p.bind('r')
                if random.randrange(3):
                    sm = p.enable_sm().get('id')
                p.presence()
            for _ in range(random.randrange(1, 40)):
                got = p.push(0.5)
                if got is None:
                    break
                if got['title'] not in seen:
                    seen.add(got['title'])
                    order.append(got['title'])
            h = p.sm_in
            p.kill()
    threads(send, receive)
    check(len(seen) == count, 'pushes were lost', count - len(seen))
    check(order == sorted(order), 'out of order')
    # The last ones may be unacknowledged, not unknown.
    Control().do('user-del', user=user)
    settled()
    balance()


# ---- the control socket

def hang_ups():
    """Senders that leave before, while and after they are answered."""
    users = [made() for _ in range(6)]
    peers = [member(u, resource='r') for u in users[:3]]
    over = []

    def device(p):
        p.presence()
        while not over:
            p.push(0.2)

    def sender():
        for k in range(60):
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.environ['PUSH_SOCKET'])
            s.sendall(b''.join(json.dumps(
                {'id': j, 'do': 'send', 'each': j % 3 == 0,
                 'wait': ('delivered', 'accepted')[j % 2],
                 'push': {'to': random.choice(users + ['all', '|'.join(users),
                                                       'nobody']),
                          'title': 't', 'ttl': random.choice((0, 60, 3600))}}
            ).encode() + b'\n' for j in range(random.randrange(1, 30))))
            if k % 3 == 0:
                time.sleep(random.choice((0, 0.001, 0.003)))
            s.close()

    def all_senders():
        try:
            threads(sender, sender, sender)
        finally:
            time.sleep(0.5)
            over.append(1)
    watch = Watch()
    threads(all_senders, *[lambda p=p: device(p) for p in peers])
    watch.end()
    balance()
    for p in peers:
        p.close()
    settled()


def lists():
    """Lists by the thousand, not read: nobody else waits for them."""
    c = Control()
    key = {'stored': b64(b'x' * 20), 'server': b64(b'x' * 20)}
    key256 = {'stored': b64(b'x' * 32), 'server': b64(b'x' * 32)}
    for i in range(1000):
        c.s.sendall((json.dumps(
            {'id': 1, 'do': 'user-add', 'user': 'list%d' % i, 'scram':
             {'iterations': 4096, 'salt': b64(b's' * 16), 'sha1': key,
              'sha256': key256}}) + '\n').encode())
    for i in range(1000):
        check(c.answer().get('error') is None, 'not added')
    watch = Watch()
    x = Control()
    x.s.settimeout(0.5)
    try:
        x.s.sendall(b'{"id":1,"do":"user-list"}\n' * 2000)
    except OSError:
        pass
    time.sleep(2)
    x.s.settimeout(20)
    lines = 0
    while True:
        r = x.answer()
        if r.get('done'):
            break
        lines += 1
    check(lines == c.status()['devices'], 'the list is not whole', lines)
    watch.end()


def descriptors():
    """With the last descriptor taken by devices, tools still get in."""
    peers = []
    for _ in range(150):
        try:
            s = connect(OFF)
            s.sendall(HEAD.encode())
            peers.append(s)
        except OSError:
            pass
    time.sleep(1)
    c = Control()
    check(c.do('reload').get('error') is None, 'no reload')
    check(c.push('nobody')['state'] == 'refused', 'no push')
    for s in peers:
        s.close()
    end = time.monotonic() + 15
    while True:
        try:
            p = member(made(), port=OFF)
            p.close()
            break
        except (Failed, OSError) as e:
            check(time.monotonic() < end, 'no login afterwards', str(e))


def drained():
    """All kinds of connections are told of the end."""
    users = [made() for _ in range(4)]
    bound = []
    for i, u in enumerate(users):
        p = member(u, resource='r')
        if i % 2:
            p.enable_sm()
        p.presence()
        bound.append(p)
        cut = member(u, resource='cut')
        cut.enable_sm()
        cut.kill()
    for port in (OFF, OPTIONAL, REQUIRED):
        p = Peer(port)
        p.header()
        bound.append(p)
    raw = []
    for text in ('', '<', HEAD[:50]):
        s = connect(OFF)
        s.sendall(text.encode())
        raw.append(s)
    answered = set()

    def ask():
        c = Control()
        c.s.sendall(b''.join(json.dumps(
            {'id': i, 'do': 'send', 'push': {'to': users[i % 4],
                                             'title': 't'}}
        ).encode() + b'\n' for i in range(200)) +
            b'{"id":999,"do":"drain"}\n')
        try:
            while True:
                r = c.answer()
                if r.get('done'):
                    answered.add(r['id'])
        except (Failed, OSError):
            pass

    def told():
        for p in bound:
            p.expect('<system-shutdown .*</stream:stream>')
            p.close()
        for s in raw:
            s.settimeout(10)
            data = b''
            while b'</stream:stream>' not in data:
                more = s.recv(65536)
                check(more, 'not told of the end', data)
                data += more
            check(b'<system-shutdown ' in data, 'not told why', data)
            s.close()
    threads(ask, told)
    check(len(answered) == 201, 'requests before the drain have no answer',
          len(answered))


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except (Failed, Closed, OSError) as e:
        print('%s: %s' % (sys.argv[1], e), file=sys.stderr)
        if not isinstance(e, Failed):
            raise
        sys.exit(1)


if __name__ == '__main__':
    main()
