package simulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

func request(h http.Handler, method, target string, form url.Values, header map[string]string) (int, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

func TestAReceiptIsSentByHand(t *testing.T) {
	c := start(t, simulator.Options{})
	page := c.Page()
	if code, body := request(page, "GET", "/", nil, nil); code != 200 || !strings.Contains(body, "Nobody is bound") {
		t.Errorf("%d %s", code, body)
	}
	e := bound(t, c.Addr(), nil)
	if err := c.WaitBound(patient(t), 1); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"dialect": {"smpp+tlvs"}, "stat": {"<b>UNDELIV"}, "err": {"001"}}
	if code, body := request(page, "POST", "/send", form, nil); code != 200 || !strings.Contains(body, "Receipt 1 is on its way") {
		t.Errorf("%d %s", code, body)
	}
	if err := c.WaitOK(patient(t), 1); err != nil {
		t.Fatal(err)
	}
	if w := decode(t, e.receipts()[0]); !strings.Contains(string(w.body), "stat:<b>UNDELIV err:001") || w.tlvs[0x427][0] != 5 {
		t.Errorf("sent %q %v", w.body, w.tlvs)
	}
	_, body := request(page, "GET", "/", nil, nil)
	if !strings.Contains(body, "<td>gw</td><td>transceiver</td>") || !strings.Contains(body, "&lt;b&gt;UNDELIV") || strings.Contains(body, "<b>") {
		t.Errorf("the page: %s", body)
	}
	form.Set("dialect", "smp")
	if code, body := request(page, "POST", "/send", form, nil); code != 400 || !strings.Contains(body, "nearest is") {
		t.Errorf("a dialect that is not there: %d %s", code, body)
	}
	if code, _ := request(page, "POST", "/send", form, map[string]string{"Sec-Fetch-Site": "cross-site"}); code != 403 {
		t.Errorf("another site's form was answered %d", code)
	}
}

func TestTheSinkListsWhatCame(t *testing.T) {
	s := sink(t, simulator.SinkOptions{})
	if code, body := request(s, "GET", "/", nil, nil); code != 200 || !strings.Contains(body, "Nothing came yet") {
		t.Errorf("%d %s", code, body)
	}
	post(t, s.URL("/app"), event("rcpt_<1>", 1), nil)
	_, body := request(s, "GET", "/", nil, nil)
	if !strings.Contains(body, "rcpt_&lt;1&gt;") || !strings.Contains(body, "<h2>/app</h2>") || !strings.Contains(body, "1 statuses: received 1") {
		t.Errorf("the page: %s", body)
	}
	if code, _ := request(s, "PUT", "/app", nil, nil); code != 405 {
		t.Errorf("PUT answered %d", code)
	}
}

func TestATextOfOnesOwnIsSentByHand(t *testing.T) {
	scenario := simulator.Scenario{
		Binds: 1, Window: 10, Accounts: []simulator.ScenarioAccount{{Account: simulator.Account{SystemID: "gw"}}},
		Sites: []simulator.Site{{Name: "paris", Listen: "127.0.0.1:0"}, {Name: "lyon", Listen: "127.0.0.1:0"}},
	}
	run, err := scenario.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	e := bound(t, run.Site("lyon").Addr(), nil)
	page := run.Page()
	if _, body := request(page, "GET", "/", nil, nil); !strings.Contains(body, "<option>lyon</option>") || !strings.Contains(body, run.Addrs()[0]+" (paris)") {
		t.Errorf("the page: %s", body)
	}
	form := url.Values{"dialect": {"smpp+utf16be"}, "site": {"lyon"}, "recipient": {"33612345678"}, "text": {"id:4711 stat:ODD err:9"}}
	if code, body := request(page, "POST", "/send", form, nil); code != 200 {
		t.Errorf("%d %s", code, body)
	}
	if err := run.Site("lyon").WaitOK(patient(t), 1); err != nil {
		t.Fatal(err)
	}
	w := decode(t, e.receipts()[0])
	if string(w.body) != "id:4711 stat:ODD err:9" || w.coding != 0 || w.source != "33612345678" {
		t.Errorf("sent %q, coding %d, from %q", w.body, w.coding, w.source)
	}
}
