package gateway

import (
	"cmp"
	"crypto/tls"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
)

// forgetGone removes the series of what old has and next has not, so that the
// labels stay bounded by the configuration whatever reloads come.
func (o *observer) forgetGone(old, next *config.Config) {
	peers := peersOf(next)
	for _, peer := range peersOf(old) {
		if !slices.Contains(peers, peer) {
			o.certificateExpiry.DeleteLabelValues(peer)
			o.ends.Delete(peer)
		}
	}
	binds := bindsOf(next)
	for operator, names := range bindsOf(old) {
		left, stays := binds[operator]
		if !stays {
			o.forget(prometheus.Labels{"operator": operator})
		}
		for _, bind := range names {
			if stays && !slices.Contains(left, bind) {
				o.forget(prometheus.Labels{"operator": operator, "bind": bind})
			}
		}
	}
	for i := range old.Endpoints {
		name := old.Endpoints[i].Name
		if !slices.ContainsFunc(next.Endpoints, func(e config.Endpoint) bool { return e.Name == name }) {
			o.forget(prometheus.Labels{"endpoint": name})
		}
	}
}

// forget removes every series with these labels.
func (o *observer) forget(labels prometheus.Labels) {
	for _, v := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		o.bindUp, o.bindLastReceipt, o.deliverSM, o.deliverSMResponse, o.receipts, o.unmapped, o.conflicts,
		o.duplicates, o.late, o.nonReceipts, o.attempts, o.forwardSeconds, o.endpointLag, o.endpointOldest,
		o.breakerOpen, o.endpointDisabled, o.parked, o.deadLetters, o.deadLettered,
	} {
		v.DeletePartialMatch(labels)
	}
}

// bindsOf returns the binds of each enabled operator.
func bindsOf(c *config.Config) map[string][]string {
	binds := map[string][]string{}
	for i := range c.Operators {
		if o := &c.Operators[i]; o.Enabled {
			binds[o.Name] = o.BindNames()
		}
	}
	return binds
}

// peersOf returns the peers whose certificates are watched: the SMSCs by their
// addresses, the endpoints by their hosts, and our own listener.
func peersOf(c *config.Config) []string {
	peers := []string{c.Listen}
	for i := range c.Operators {
		if o := &c.Operators[i]; o.Enabled {
			peers = append(peers, o.Addresses...)
		}
	}
	for i := range c.Endpoints {
		peers = append(peers, hostOf(c.Endpoints[i].URL.Reveal()))
	}
	return peers
}

func hostOf(endpointURL string) string {
	u, err := url.Parse(endpointURL)
	if err != nil {
		return "" // validated before; then nothing was ever shown for it
	}
	return u.Host
}

// watchCertificate has each handshake with an endpoint tell when the certificate
// that it shows ends. What c verifies is verified as before.
func (o *observer) watchCertificate(c *tls.Config, host string) *tls.Config {
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) > 0 {
			o.certificateEnds(host, s.PeerCertificates[0].NotAfter)
		}
		return nil
	}
	return c
}

// watchListener tells when our own certificate ends.
func (o *observer) watchListener(c *tls.Config, listen string) {
	if c == nil {
		return
	}
	get := c.GetCertificate
	c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := get(hello)
		if err == nil {
			o.certificateEnds(listen, cert.Leaf.NotAfter)
		}
		return cert, err
	}
	_, _ = c.GetCertificate(&tls.ClientHelloInfo{}) // it was read a moment ago
}

func (o *observer) certificateEnds(peer string, at time.Time) {
	o.certificateExpiry.WithLabelValues(peer).Set(float64(at.Unix()))
	o.ends.Store(peer, at)
}

// certificates lists what the metric has, the first to end first; own is the
// listener's address.
func (o *observer) certificates(own string) []admin.Certificate {
	var all []admin.Certificate
	o.ends.Range(func(peer, at any) bool {
		all = append(all, admin.Certificate{Peer: peer.(string), Ends: at.(time.Time).UTC(), Own: peer == own})
		return true
	})
	slices.SortFunc(all, func(a, b admin.Certificate) int {
		return cmp.Or(a.Ends.Compare(b.Ends), cmp.Compare(a.Peer, b.Peer))
	})
	return all
}
