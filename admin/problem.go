package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// fault is an error with the status that it is answered with.
type fault struct {
	status int
	detail string
}

func (f fault) Error() string { return f.detail }

// invalid is a request that makes no sense; the words name what is wrong.
func invalid(format string, args ...any) error {
	return fault{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// statusOf is the HTTP status that err is answered with.
func statusOf(err error) int {
	status := http.StatusInternalServerError
	if f := (fault{}); errors.As(err, &f) {
		status = f.status
	}
	// An error may wrap one of these around another: a filter that names what
	// does not exist is invalid first.
	for _, k := range [...]struct {
		kind   error
		status int
	}{
		{ErrInvalid, http.StatusBadRequest},
		{ErrConflict, http.StatusConflict},
		{ErrUnsupported, http.StatusNotImplemented},
		{ErrUnavailable, http.StatusServiceUnavailable},
		{ErrNotFound, http.StatusNotFound},
	} {
		if errors.Is(err, k.kind) {
			return k.status
		}
	}
	return status
}

// fail answers with the problem that err is.
func fail(w http.ResponseWriter, err error) {
	problem(w, statusOf(err), wording(err))
}

// fault hides what an error that is not the caller's own may tell of others: his
// own say what he sent.
func (v veil) fault(err error) error {
	if status := statusOf(err); v == veilClosed && status >= http.StatusInternalServerError {
		return fault{status, v.said(wording(err))}
	}
	return err
}

// wording is what err says to whoever asked: the status tells that a request
// was invalid.
func wording(err error) string { return strings.TrimPrefix(err.Error(), ErrInvalid.Error()+": ") }

// problem answers with RFC 9457 problem details.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	encode(w, map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encode(w, v)
}

// encode writes v; an error means that the client is gone, which it knows.
func encode(w http.ResponseWriter, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}
