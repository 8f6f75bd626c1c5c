package forward

import (
	"net/http"
	"strings"
)

// adviceOn says what to do about an answer that is not 2xx, or about none; ""
// where there is no reason.
func adviceOn(status int, reason string) string {
	switch {
	case reason == "":
		return ""
	case status == 0:
		return adviceOnSilence(reason)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "it does not accept our secret or credentials: compare secrets, headers and oauth2 with what it expects"
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status/100 == 3:
		return "it takes no POST at this address: correct url (redirects are not followed)"
	case status == http.StatusGone:
		return "it wants no more events: correct url, or take the endpoint out of the configuration"
	case status == http.StatusTooManyRequests:
		return "it wants fewer requests: set rate_limit, or a smaller concurrency"
	case status/100 == 5, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return "it failed itself: see its own log"
	}
	return "it does not understand the event: see its own log, and what it accepts"
}

// silences are the beginnings of reasonOf's words, with what to do.
var silences = []struct{ reason, advice string }{
	{"oauth2", "check token_url, client_id and client_secret of oauth2"},
	{"address refused", "set allow_private_addresses: true if it is meant"},
	{"dns", "correct the host in url, or this machine's DNS"},
	{"tls: the certificate", "set tls.ca_file to the authority that signed it, or renew it"},
	{"tls", "is it https at that port? see url and tls"},
	{"timeout", "is it running? it may also need a longer timeout"},
	{"connect", "is it running, and reached from this machine? see url"},
}

func adviceOnSilence(reason string) string {
	for _, s := range silences {
		if strings.HasPrefix(reason, s.reason) {
			return s.advice
		}
	}
	return "is it an HTTP server, and running? see url"
}
