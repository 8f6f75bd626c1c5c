package admin_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/simulator"
)

// planted is a number, and what else a viewer must not see.
const planted = "33677889900"

const plantedText = "Your code is 770665"

// plantedHex is the number as one number in hex.
const plantedHex = "7d75bd16c"

// plantedForms are ways to write the number, and to hide it where a list of
// digits would not find it.
var plantedForms = []string{
	planted, "+" + planted, "00" + planted, "0677889900", "677889900", "33 677 88 99 00", "+33-677-889-900", "33.677.88.99.00",
	"(+33)677889900", "+33(0)677889900", "33/677/889/900", "33\u00a0677\u00a088\u00a099\u00a000", "33_677_88_99_00", "tel:+" + planted,
	"to=" + planted + ";x", "33,677,889,900", "3 3 6 7 7 8 8 9 9 0 0", hex.EncodeToString([]byte(planted)), plantedHex, "33767788990",
}

// separators are what may stand between the digits of a number.
var separators = regexp.MustCompile(`(\d)[\s\x{a0}\x{202f}().,/_-]+`)

// finds returns what of the number or the text an answer holds.
func finds(answer string) string {
	answer = strings.ToLower(answer)
	for _, never := range []string{"your code", "bobsecret", "770665", hex.EncodeToString([]byte("77889900")), hex.EncodeToString([]byte("770665")), plantedHex} {
		if strings.Contains(answer, never) {
			return never
		}
	}
	if joined := separators.ReplaceAllString(answer, "$1"); strings.Contains(joined, "77889900") {
		return "77889900"
	}
	return ""
}

// plant sends a receipt, a message and an unreadable frame for each form, with
// the number and the text wherever an operator can write something.
func plant(ctx context.Context, s *stage) {
	s.t.Helper()
	for i, form := range plantedForms {
		word := strings.NewReplacer(" ", "", "\u00a0", "").Replace(form)
		short := word[:min(len(word), 20)]
		text := fmt.Sprintf("id:%s sub:%.3s dlvrd:%.3s submit date:%.10s done date:%.10s stat:%s err:%s price:%s to:%s text:%s %s",
			word, word, word, word, word, word, word, word, form, plantedText, form)
		number := simulator.Address{TON: 1, NPI: 1, Number: planted}
		for _, r := range []simulator.Receipt{
			{ESMClass: 4, Body: []byte(text), Source: number, Destination: simulator.Address{TON: 5, Number: short}, ServiceType: "77066"},
			{ESMClass: 4, Body: []byte(fmt.Sprintf("id:77%d stat:%s err:770665 text:%s", i, word, plantedText)), Source: simulator.Address{Number: form[:min(len(form), 20)]}, Destination: simulator.Address{TON: 5, Number: plantedText}},
			{ESMClass: 4, Body: []byte(fmt.Sprintf("id:88%d stat:%s err:%s text:", i, plantedText, form)), Source: simulator.Address{Number: "4479" + fmt.Sprint(i)}, Destination: simulator.Address{Number: form[:min(len(form), 20)]}},
			{ESMClass: 4, Body: []byte(fmt.Sprintf("id:99%d stat:FAILED:Bobsecret err:100:Bobsecret text:", i)), Source: simulator.Address{Number: "4478" + fmt.Sprint(i)}},
			{ESMClass: 0, Body: []byte(plantedText + " " + form), Source: number, Destination: simulator.Address{Number: short}},
			{ESMClass: 4, Body: []byte("stat:DELIVRD err:000"), Source: number, Destination: number},
		} {
			r.TLVs = []simulator.TLV{
				{Tag: 0x1403, Value: []byte(form + plantedText)},
				{Tag: 0x001e, Value: append([]byte(word), 0)},
				{Tag: 0x0427, Value: []byte(word)},
				{Tag: 0x0423, Value: []byte(word)},
				{Tag: 0x0204, Value: []byte(form)},
			}
			if r.Source.Number != planted {
				r.TLVs = r.TLVs[:1]
			}
			r.Text = string(r.Body)
			s.smsc.Send(&r)
		}
		malformed := append([]byte{0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0}, form+plantedText...)
		malformed[3] = byte(len(malformed))
		s.smsc.Send(&simulator.Receipt{Raw: malformed})
	}
	if err := s.smsc.WaitSettled(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// echo refuses two of three events with their own content: many webhooks do.
func echo(t *testing.T) string {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var event struct {
			Data struct{ Receipt struct{ Raw, Stat string } }
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &event) // what cannot be read is answered empty
		if asked.Add(1)%3 == 0 {
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, "%s %s %s", event.Data.Receipt.Stat, plantedText, event.Data.Receipt.Raw)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestViewerSeesNoNumber goes through every address that the API's document and
// the console have, as a viewer: none shows a number or a message's text, in
// whatever form and wherever the operator wrote it.
func TestViewerSeesNoNumber(t *testing.T) {
	ctx := within(t, 4*time.Minute)
	s := newStageAt(ctx, t, echo(t))
	plant(ctx, s)
	ids := s.allIDs(ctx)
	if len(ids) < 5*len(plantedForms) {
		t.Fatalf("%d receipts are found", len(ids))
	}
	s.waitFailed(ctx)
	for _, path := range append(apiPaths(t), consolePaths("")...) {
		for _, whole := range fill(path, ids) {
			answer, text := s.ask(ctx, whole, viewerToken, nil)
			if found := finds(text); found != "" {
				t.Errorf("%s (%s) shows a viewer %q:\n%s", whole, answer.Status, found, around(text, found))
			}
			if answer.StatusCode/100 != 2 {
				t.Errorf("%s: %s", whole, answer.Status)
			}
		}
	}
	for _, path := range consolePaths("/live") {
		for _, whole := range fill(path, ids[:3]) {
			if text := s.firstOf(ctx, whole); finds(text) != "" {
				t.Errorf("%s shows a viewer %q:\n%s", whole, finds(text), around(text, finds(text)))
			}
		}
	}
	if _, text := s.ask(ctx, "/api/v1/receipts/"+ids[0], adminToken, nil); finds(text) == "" {
		t.Errorf("an admin does not see it either:\n%s", text)
	}
}

// TestViewerCannotSearchForNumbers: what is masked cannot be found by trying, and
// an admin who searches by number is on the record.
func TestViewerCannotSearchForNumbers(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	s.smsc.Send(&simulator.Receipt{
		ESMClass: 4, Body: []byte("id:" + planted + " stat:DELIVRD err:000"),
		Source: simulator.Address{TON: 1, NPI: 1, Number: planted}, Destination: simulator.Address{TON: 5, Number: "ACME"},
	})
	if err := s.smsc.WaitSettled(ctx); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/receipts", "/messages", "/live/messages"} {
		if answer, _ := s.ask(ctx, path+"?recipient=%2B33+677+889+900", viewerToken, nil); answer.StatusCode != http.StatusForbidden {
			t.Errorf("a viewer's search by number at %s: %s", path, answer.Status)
		}
	}
	if _, text := s.ask(ctx, "/api/v1/receipts?message_id="+planted, viewerToken, nil); !strings.Contains(text, `"items":[]`) {
		t.Errorf("a viewer finds a number as a message id: %s", text)
	}
	if s.log.holds("searched by number") {
		t.Error("a search that was refused is logged as one")
	}
	if _, text := s.ask(ctx, "/api/v1/receipts?recipient="+planted, adminToken, nil); !strings.Contains(text, "rcpt_") {
		t.Errorf("an admin finds nothing: %s", text)
	}
	if !s.log.holds(`"msg":"searched by number","token":"ops","on":"3367*****00"`) {
		t.Error("the search is not logged")
	}
}

// allIDs are those of all stored frames.
func (s *stage) allIDs(ctx context.Context) (ids []string) {
	s.t.Helper()
	for cursor := ""; ; {
		_, text := s.ask(ctx, "/api/v1/receipts?limit=100&cursor="+url.QueryEscape(cursor), adminToken, nil)
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			s.t.Fatalf("%v: %s", err, text)
		}
		for _, one := range page.Items {
			ids = append(ids, one.ID)
		}
		if cursor = page.Next; cursor == "" {
			return ids
		}
	}
}

// waitFailed waits until a delivery has failed, so that there is an answer to be
// seen.
func (s *stage) waitFailed(ctx context.Context) {
	s.t.Helper()
	for text := ""; ; {
		if ctx.Err() != nil {
			s.t.Fatalf("no delivery fails:\n%s", text)
		}
		if _, text = s.ask(ctx, "/endpoints/app", adminToken, nil); strings.Contains(text, "<h2>Parked") {
			return
		}
	}
}

// firstOf is what a stream sends first.
func (s *stage) firstOf(ctx context.Context, path string) string {
	s.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+viewerToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var all strings.Builder
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 8<<20)
	for data := false; lines.Scan() && (!data || lines.Text() != ""); {
		data = data || strings.HasPrefix(lines.Text(), "data: ")
		all.WriteString(lines.Text() + "\n")
	}
	if answer.StatusCode != http.StatusOK {
		s.t.Errorf("%s: %s", path, answer.Status)
	}
	return all.String()
}

// apiPaths are what the API's document says can be looked at.
func apiPaths(t *testing.T) (paths []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil {
			continue
		}
		if !slices.Contains(item.Get.Tags, "viewer") {
			continue
		}
		paths = append(paths, "/api/v1"+path)
		for _, p := range item.Get.Parameters {
			if p.Value.Name == "limit" {
				paths = append(paths, "/api/v1"+path+"?limit=1000")
			}
		}
	}
	return paths
}

// consolePaths are those of all pages, or of their streams.
func consolePaths(of string) []string {
	var all []string
	for _, path := range admin.ConsolePaths() {
		all = append(all, of+strings.TrimSuffix(path, "{$}"))
	}
	if of == "" {
		all = append(all, "/chart.json", "/messages?status=error_other")
	}
	return all
}

// fill replaces what a path leaves open.
func fill(path string, ids []string) []string {
	switch {
	case strings.Contains(path, "{id}"):
		var all []string
		for _, id := range ids {
			all = append(all, strings.Replace(path, "{id}", id, 1))
		}
		return all
	case strings.Contains(path, "{name}"):
		return []string{strings.Replace(path, "{name}", "app", 1)}
	}
	return []string{path}
}

func around(text, found string) string {
	i := strings.Index(strings.ToLower(text), found)
	return text[max(0, i-300):min(len(text), max(i, 0)+300)]
}
