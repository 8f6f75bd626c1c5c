package main

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wholePDU is a deliver_sm with "id:7 stat:UNDELIV err:001" and message_state 5.
const wholePDU = "0000004e000000050000000000000007000101333336313233343536373800050041434d45000400000000000000001969643a3720737461743a554e44454c4956206572723a303031042700" + "0105"

// TestExplainAlike pastes the same at the command line, the API and the console's
// mapping page: each of them takes every form, and all have the same answer.
func TestExplainAlike(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	s := newRemoteStage(ctx, t)
	for name, tt := range map[string]struct {
		text, tlvs string // TLVs as NAME-or-0xTAG=VALUE
		want       string // of the command line's words
	}{
		"a text":                 {"id:1 stat:UNDELIV err:027", "", "status reception_error"},
		"TLVs by name":           {"id:1 stat:UNDELIV", "message_state=5 network_error_code=03001b", "network_error type 3, code 27"},
		"TLVs by tag":            {"id:1 stat:DELIVRD", "0x001e=616263 0x1403=3230", "message_id abc TLV receipted_message_id, by id_source: tlv"},
		"a body in hex":          {"hex: 69 64 3a 31 20 73 74 61 74 3a 45 58 50 49 52 45 44", "", "stat EXPIRED text"},
		"a whole PDU":            {wholePDU, "", "message_state 5 (UNDELIVERABLE)"},
		"a whole PDU after hex:": {"hex:" + wholePDU, "", "message_state 5 (UNDELIVERABLE)"},
		"a line of JSON":         {`{"text": "id:1 stat:DELIVRD", "pdu": "data_sm", "carrier": "message_payload", "tlvs": {"message_state": 2}}`, "", "is receipt yes esm_class 0x04, data_sm"},
		"a body of JSON":         {`{"raw_hex": "69643a3120737461743a44454c49565244"}`, "", "stat DELIVRD text"},
		"a PDU in JSON":          {`{"raw_hex": "` + wholePDU + `"}`, "", "message_state 5 (UNDELIVERABLE)"},
		"an operator's JSON":     {`{"id": "1", "stat": "DELIVRD"}`, "", "is receipt"},
		"a message":              {`{"text": "STOP", "esm_class": 0}`, "", "status none neither esm_class"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := []string{"explain", "-c", s.file}
			for _, tlv := range strings.Fields(tt.tlvs) {
				flags = append(flags, "--tlv", tlv)
			}
			words := pasteIntoCLI(t, s, append(flags, tt.text)...)
			if !strings.Contains(strings.Join(words, "\n"), tt.want) {
				t.Errorf("the command line does not say %q: %q", tt.want, words)
			}
			var byCLI, byAPI map[string]any
			must(t, json.Unmarshal([]byte(strings.Join(pasteIntoCLI(t, s, append(flags, "--json", tt.text)...), " ")), &byCLI), s.process)
			body, _ := json.Marshal(map[string]any{"operator": "acme", "text": tt.text, "tlvs": tagged(t, tt.tlvs)})
			must(t, json.Unmarshal(post(t, s, "/api/v1/explain", "application/json", body), &byAPI), s.process)
			if diff := cmp.Diff(byCLI, byAPI); diff != "" {
				t.Errorf("(-CLI +API):\n%s", diff)
			}
			form := url.Values{"by": {"operator:acme"}, "text": {tt.text}, "tlvs": {tt.tlvs}, "esm_class": {"4"}, "data_coding": {"0"}}
			rows := pageRows(string(post(t, s, "/mapping", "application/x-www-form-urlencoded", []byte(form.Encode()))))
			if len(rows) == 0 || len(rows) > len(words) {
				t.Fatalf("the console has %d rows, the command line %d", len(rows), len(words))
			}
			if diff := cmp.Diff(words[:len(rows)], rows); diff != "" {
				t.Errorf("(-CLI +console):\n%s", diff)
			}
		})
	}
}

// pasteIntoCLI returns the lines of the answer, with single blanks.
func pasteIntoCLI(t *testing.T, s *remoteStage, args ...string) (words []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := execute(s.ctx, args, &stdout, &stderr); code != exitOK {
		t.Fatalf("dlrgate %q: exit %d: %s", args, code, &stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		words = append(words, strings.Join(strings.Fields(line), " "))
	}
	return words
}

// tagged are TLVs as the API takes them: an object by name or tag.
func tagged(t *testing.T, tlvs string) json.RawMessage {
	t.Helper()
	members := []string{}
	for _, tlv := range strings.Fields(tlvs) {
		name, value, _ := strings.Cut(tlv, "=")
		members = append(members, `"`+name+`":"`+value+`"`)
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

func post(t *testing.T, s *remoteStage, path, media string, body []byte) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "http://"+s.admin+path, bytes.NewReader(body))
	must(t, err, s.process)
	r.Header.Set("Content-Type", media)
	r.Header.Set("Authorization", "Bearer admin-0123456789abcdef")
	r.Header.Set("Accept", "text/html, application/json")
	answer, err := http.DefaultClient.Do(r)
	must(t, err, s.process)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err, s.process)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", path, answer.Status, text)
	}
	return text
}

var (
	pageRow = regexp.MustCompile(`<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>`)
	pageTag = regexp.MustCompile(`<[^>]*>`)
)

// pageRows are the rows of what was read, with single blanks.
func pageRows(page string) (rows []string) {
	for _, m := range pageRow.FindAllStringSubmatch(page, -1) {
		text := html.UnescapeString(pageTag.ReplaceAllString(strings.Join(m[1:], " "), ""))
		rows = append(rows, strings.Join(strings.Fields(text), " "))
	}
	return rows
}
