package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestTokenFollowsNoRedirect: where an answer leads to, another port or a name
// below the same one, has no claim to the token.
func TestTokenFollowsNoRedirect(t *testing.T) {
	var reached atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer door.Close()
	t.Setenv(tokenVariable, "a-token-0123456789abcdef")
	for _, args := range [][]string{{"binds", "list"}, {"endpoints", "pause", "app"}, {"status"}} {
		var stdout, stderr bytes.Buffer
		code := execute(t.Context(), append(args, "--server", door.URL), &stdout, &stderr)
		if code != exitFailed || !strings.Contains(stderr.String(), "leads to") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr.String())
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the other server was asked %d times", n)
	}
}

// TestOutputSteersNoTerminal: what operators wrote is shown, as a table and as
// JSON, and neither moves a cursor nor turns the direction of what is beside it.
func TestOutputSteersNoTerminal(t *testing.T) {
	const hostile = "A\u009b2J\u202eB\u200bC\u2066\u0085\x7fD"
	item := map[string]any{"id": "rcpt_1", "operator": hostile, "bind": hostile, "message_id": hostile, "stat": hostile, "name": hostile, "address": hostile, "last_error": hostile, "reason": hostile, "endpoint": hostile}
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/rcpt_x") {
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(map[string]any{"detail": hostile})
			return
		}
		one := maps.Clone(item)
		if strings.HasSuffix(r.URL.Path, "/dead") {
			one["id"] = 1
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": []any{one}})
	}))
	defer door.Close()
	for _, args := range [][]string{
		{"receipts"},
		{"receipts", "--json"},
		{"binds", "list"},
		{"binds", "list", "--json"},
		{"dead", "list"},
		{"dead", "list", "--json"},
		{"endpoints", "list"},
		{"endpoints", "list", "--json"},
		{"receipt", "rcpt_x"},
		{"explain", "id:1 stat:" + hostile},
		{"explain", "--json", "id:1 stat:" + hostile},
	} {
		if args[0] != "explain" {
			args = append(args, "--server", door.URL)
		}
		var stdout, stderr bytes.Buffer
		execute(t.Context(), args, &stdout, &stderr)
		out := stdout.String() + stderr.String()
		if i := strings.IndexAny(out, "\u009b\u202e\u200b\u2066\u0085\x7f"); i >= 0 || !strings.Contains(out, "D") {
			t.Errorf("%v prints %q", args, out)
		}
		if strings.Contains(strings.Join(args, " "), "--json") && !json.Valid(stdout.Bytes()) {
			t.Errorf("%v prints no JSON: %s", args, stdout.String())
		}
	}
}
