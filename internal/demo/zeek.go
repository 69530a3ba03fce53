package demo

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// zeekLog is one log in Zeek's text form.
type zeekLog struct {
	path          string
	fields, types string // separated by blanks
	rows          []zeekRow
	opened        time.Time
	closed        time.Time
}

// zeekRow is one line; unset values are "-".
type zeekRow struct {
	at     time.Time
	flow   *flow
	values []string
}

const (
	idFields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p "
	idTypes  = "time string addr port addr port "

	connFields = idFields + "proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes " +
		"history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
	connTypes = idTypes + "enum string interval count count string bool bool count string count count count count set[string]"

	dnsFields = idFields + "proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z " +
		"answers TTLs rejected"
	dnsTypes = idTypes + "enum count interval string count string count string count string bool bool bool bool count " +
		"vector[string] vector[interval] bool"

	httpFields = idFields + "trans_depth method host uri referrer version user_agent origin request_body_len " +
		"response_body_len status_code status_msg info_code info_msg tags username password proxied orig_fuids " +
		"orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types"
	httpTypes = idTypes + "count string string string string string string string count count count string count string " +
		"set[enum] string string set[string] vector[string] vector[string] vector[string] vector[string] vector[string] " +
		"vector[string]"
)

// logs makes the region's logs of what was seen.
func (v *view) logs(o Options) []*zeekLog {
	// The names that Zeek gives are its own in each region.
	ids := rand.New(rand.NewPCG(o.Seed, uint64(v.region)))
	conns := &zeekLog{path: "conn", fields: connFields, types: connTypes}
	dns := &zeekLog{path: "dns", fields: dnsFields, types: dnsTypes}
	http := &zeekLog{path: "http", fields: httpFields, types: httpTypes}
	for _, c := range v.conns {
		c.uid = zeekID(ids, 'C')
		conns.rows = append(conns.rows, c.row())
		for _, l := range c.flow.lookups {
			dns.rows = append(dns.rows, c.lookupRow(l))
		}
		for _, r := range c.flow.requests {
			http.rows = append(http.rows, c.requestRow(r, zeekID(ids, 'F')))
		}
	}
	all := []*zeekLog{conns, dns, http}
	for _, l := range all {
		l.opened, l.closed = o.End.Add(-Span), o.End
		// conn.log is written as connections end, the others as things happen.
		if l != conns {
			slices.SortStableFunc(l.rows, func(a, b zeekRow) int { return a.at.Compare(b.at) })
		}
	}
	return all
}

func (l *zeekLog) write(w io.Writer) error {
	const stamp = "2006-01-02-15-04-05"
	tabs := strings.NewReplacer(" ", "\t")
	_, err := fmt.Fprintf(w, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"+
		"#path\t%s\n#open\t%s\n#fields\t%s\n#types\t%s\n",
		l.path, l.opened.Format(stamp), tabs.Replace(l.fields), tabs.Replace(l.types))
	if err != nil {
		return err
	}
	for _, r := range l.rows {
		if _, err := fmt.Fprintln(w, strings.Join(r.values, "\t")); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "#close\t%s\n", l.closed.Format(stamp))
	return err
}

// zeekID makes an ID in Zeek's form: a letter and 16 or 17 of base 62.
func zeekID(r *rand.Rand, first byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := []byte{first}
	for range 16 + r.IntN(2) {
		b = append(b, digits[r.IntN(len(digits))])
	}
	return string(b)
}

func zeekTime(t time.Time) string {
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}

func zeekInterval(d time.Duration) string {
	return fmt.Sprintf("%d.%06d", d/time.Second, d%time.Second/time.Microsecond)
}

func zeekBool(b bool) string {
	if b {
		return "T"
	}
	return "F"
}

func orUnset(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// id is what all rows of a connection begin with.
func (c *conn) id(at time.Time) []string {
	f := c.flow
	return []string{zeekTime(at), c.uid, f.orig.Addr().String(), strconv.Itoa(int(f.orig.Port())),
		f.resp.Addr().String(), strconv.Itoa(int(f.resp.Port()))}
}

func (c *conn) proto() string {
	if c.flow.proto == protoTCP {
		return "tcp"
	}
	return "udp"
}

// row is the line of conn.log. Every connection of the office begins and ends
// in order, and every datagram is answered: SF.
func (c *conn) row() zeekRow {
	f := c.flow
	count := func(n int) string { return strconv.Itoa(n) }
	values := append(c.id(c.first), c.proto(), orUnset(f.service), zeekInterval(c.last.Sub(c.first)),
		count(c.bytes[0]), count(c.bytes[1]), "SF", zeekBool(regionOf(f.orig.Addr()) != 0), zeekBool(regionOf(f.resp.Addr()) != 0),
		"0", string(c.history), count(c.packets[0]), count(c.ipBytes[0]), count(c.packets[1]), count(c.ipBytes[1]), "-")
	return zeekRow{at: c.last, flow: f, values: values}
}

func (c *conn) lookupRow(l lookup) zeekRow {
	asked := c.times[l.ask]
	kinds := map[uint16]string{typeA: "A", typeAAAA: "AAAA"}
	rcode := "NOERROR"
	if l.rcode == 3 {
		rcode = "NXDOMAIN"
	}
	var answers, ttls []string
	for _, a := range l.answers {
		answers = append(answers, a.text)
		ttls = append(ttls, zeekInterval(time.Duration(a.ttl)*time.Second))
	}
	values := append(c.id(asked), "udp", strconv.Itoa(int(l.id)), zeekInterval(c.times[l.answer].Sub(asked)), l.query,
		"1", "C_INTERNET", strconv.Itoa(int(l.kind)), kinds[l.kind], strconv.Itoa(int(l.rcode)), rcode,
		zeekBool(l.authoritative), "F", "T", "T", "0", orUnset(strings.Join(answers, ",")), orUnset(strings.Join(ttls, ",")), "F")
	return zeekRow{at: asked, flow: c.flow, values: values}
}

func (c *conn) requestRow(r request, file string) zeekRow {
	asked := c.times[r.ask]
	values := append(c.id(asked), strconv.Itoa(r.depth), "GET", r.host, r.path, orUnset(r.referrer), "1.1", r.agent, "-",
		"0", strconv.Itoa(r.bodyLength), strconv.Itoa(r.status), r.reason, "-", "-", "(empty)", "-", "-", "-",
		"-", "-", "-", file, "-", r.mime)
	return zeekRow{at: asked, flow: c.flow, values: values}
}
