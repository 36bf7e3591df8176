/* ns - namespaces, each with the document that defines it. */
#ifndef NS_H
#define NS_H

#define NS_XML		"http://www.w3.org/XML/1998/namespace"	/* xml: */
#define NS_STREAM	"http://etherx.jabber.org/streams"	/* RFC 6120 */
#define NS_CLIENT	"jabber:client"				/* RFC 6120 */
#define NS_STREAMS	"urn:ietf:params:xml:ns:xmpp-streams"	/* RFC 6120 */
#define NS_STANZAS	"urn:ietf:params:xml:ns:xmpp-stanzas"	/* RFC 6120 */
#define NS_TLS		"urn:ietf:params:xml:ns:xmpp-tls"	/* RFC 6120 */
#define NS_SASL		"urn:ietf:params:xml:ns:xmpp-sasl"	/* RFC 6120 */
#define NS_BIND		"urn:ietf:params:xml:ns:xmpp-bind"	/* RFC 6120 */
#define NS_SESSION	"urn:ietf:params:xml:ns:xmpp-session"	/* RFC 3921 */
#define NS_ROSTER	"jabber:iq:roster"			/* RFC 6121 */
#define NS_REGISTER	"jabber:iq:register"			/* XEP-0077 */
#define NS_F_REGISTER	"http://jabber.org/features/iq-register"
#define NS_AUTH		"jabber:iq:auth"			/* XEP-0078 */
#define NS_F_AUTH	"http://jabber.org/features/iq-auth"
#define NS_VERSION	"jabber:iq:version"			/* XEP-0092 */
#define NS_DISCO_INFO	"http://jabber.org/protocol/disco#info"	/* XEP-0030 */
#define NS_DISCO_ITEMS	"http://jabber.org/protocol/disco#items"
#define NS_SM		"urn:xmpp:sm:3"				/* XEP-0198 */
#define NS_PING		"urn:xmpp:ping"				/* XEP-0199 */
#define NS_DELAY	"urn:xmpp:delay"			/* XEP-0203 */
#define NS_JSON		"urn:xmpp:json:0"			/* XEP-0335 */
#define NS_SID		"urn:xmpp:sid:0"			/* XEP-0359 */
#define NS_PARS		"urn:xmpp:pars:0"			/* XEP-0445 */
#define NS_DATA		"jabber:x:data"				/* XEP-0004 */
#define NS_ERRORS	"urn:xmpp:errors"			/* XEP-0205 */
#define NS_ANDROIDPN	"androidpn:iq:notification"		/* AndroidPN */

#endif
