package gateway_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// hostile is a text that must stay one, wherever it is shown.
const hostile = "id:77 sub:001 dlvrd:000 stat:UNDELIV err:<script>alert(1)</script> text:\u202eevil\x00\xff\x1b[2J 33612345678"

// crmYAML is a second endpoint, which gives up after a second of failing.
const crmYAML = `
  - name: crm
    url: {{.Sink}}/crm
    retry: {initial: 20ms, max: 100ms, give_up_after: 1s}
`

var anyName = regexp.MustCompile(`\{\w+\}`)

// TestAPI asks every route of the API of one gateway and holds every answer
// against the OpenAPI document.
func TestAPI(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	s.deliver("33612345678", "id:0059113978 sub:001 dlvrd:001 submit date:2601010101 done date:2601010102 stat:DELIVRD err:000 text:hello")
	s.deliver("33612345679", "id:2 sub:001 dlvrd:000 submit date:2601010101 done date:2601010102 stat:UNDELIV err:001 text:no")
	s.deliver("33612345678", hostile)
	must(t, s.sink.At("/app").WaitFor(ctx, 3), s.stage)

	s.looks()
	id := s.searches()
	s.showsReceipt(id)
	s.replays(id)
	s.retranslates()
	s.holdsBinds()
	s.keepsEndpoints()
	s.keepsHouse()
	s.deadLetters()
	s.erases()

	for path, item := range s.doc.Paths.Map() {
		for method := range item.Operations() {
			if op := method + " " + path; !s.answered[op] {
				t.Errorf("%s was not tried", op)
			}
			named := regexp.MustCompile(`"msg":"act","token":"ops","method":"` + method + `","path":"/api/v1` + anyName.ReplaceAllString(path, `[^"]+`) + `"`)
			if is := named.MatchString(s.log.String()); is != slices.Contains(item.GetOperation(method).Tags, "admin") {
				t.Errorf("%s %s is logged with its token as an act: %v", method, path, is)
			}
		}
	}
}

func (s *apiStage) looks() {
	s.t.Helper()
	s.get("/openapi.json")
	if n := len(itemsOf(s.get("/statuses"))); n != 19 {
		s.t.Errorf("%d statuses", n)
	}
	op := itemsOf(s.get("/operators"))[0]
	if op["name"] != "acme" || op["bound"] != 1.0 || op["sequence"] != 3.0 {
		s.t.Errorf("operator %v", op)
	}
	if b := itemsOf(s.get("/binds"))[0]; b["name"] != "acme/gw/1" || b["state"] != "bound" {
		s.t.Errorf("bind %v", b)
	}
	s.until("the endpoint is through", func() bool {
		e := itemsOf(s.get("/endpoints"))[0]
		return e["name"] == "app" && e["state"] == "delivering" && e["lag"] == 0.0
	})
	s.until("err 001 is counted as unmapped", func() bool {
		m := itemsOf(s.get("/mapping", "operator", "acme"))[0]
		return m["operator"] == "acme" && len(m["unmapped"].([]any)) > 0
	})
	stats := s.get("/stats")
	if stats["ready"] != true || len(stats["attention"].([]any)) != 0 {
		s.t.Errorf("stats %v", stats)
	}
	explained := s.post("/explain", map[string]any{"operator": "acme", "text": "id:1 stat:DELIVRD err:000"}, http.StatusOK)
	if status := explained["status"].(map[string]any); status["name"] != "received" {
		s.t.Errorf("explained %v", explained)
	}
	s.post("/explain", map[string]any{"text": "x", "tlvs": []any{map[string]string{"tag": "0x0427", "hex": "02"}}}, http.StatusOK)
}

// searches tries the filters and pages, and returns the first receipt's id.
func (s *apiStage) searches() string {
	s.t.Helper()
	for _, c := range []struct {
		filter string
		pairs  []string
		want   int
	}{
		{"none", nil, 3},
		{"message id", []string{"message_id", "59113978"}, 1},
		{"message id in hex", []string{"message_id", "38601FA"}, 1},
		{"recipient", []string{"recipient", "+33612345678"}, 2},
		{"operator", []string{"operator", "acme"}, 3},
		{"status", []string{"status", "received"}, 1},
		{"status and recipient", []string{"status", "received", "recipient", "33612345679"}, 0},
		{"since", []string{"since", "1h"}, 3},
		{"until", []string{"until", "1h"}, 0},
	} {
		if found := itemsOf(s.get("/receipts", c.pairs...)); len(found) != c.want {
			s.t.Errorf("by %s: %d receipts, want %d", c.filter, len(found), c.want)
		}
	}
	seen := map[string]bool{}
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		pairs := []string{"limit", "1"}
		if cursor != "" {
			pairs = append(pairs, "cursor", cursor)
		}
		page := s.get("/receipts", pairs...)
		for _, r := range itemsOf(page) {
			seen[r["id"].(string)] = true
		}
		cursor, _ = page["next"].(string)
	}
	if len(seen) != 3 {
		s.t.Errorf("pages of one show %d receipts", len(seen))
	}
	return itemsOf(s.get("/receipts", "message_id", "59113978"))[0]["id"].(string)
}

// showsReceipt looks at one receipt as admin and as viewer.
func (s *apiStage) showsReceipt(id string) {
	s.t.Helper()
	const path = "/receipts/{id}"
	at := map[string]string{"id": id}
	var full map[string]any
	s.until("the delivery is told", func() bool {
		full = s.ask(call{method: http.MethodGet, path: path, at: at}, http.StatusOK)
		d := full["deliveries"].([]any)[0].(map[string]any)
		return d["endpoint"] == "app" && d["state"] == "taken"
	})
	data, wire := full["data"].(map[string]any), full["wire"].(map[string]any)
	if data["recipient"] != "33612345678" || !strings.Contains(wire["text"].(string), "stat:DELIVRD") || wire["octets"] == nil {
		s.t.Errorf("receipt %v", full)
	}
	if a := full["answer"].(map[string]any); a["command_status"] != "ESME_ROK" {
		s.t.Errorf("answer %v", a)
	}
	if !strings.Contains(s.log.String(), `"msg":"numbers revealed","token":"ops","path":"/api/v1/receipts/`+id) {
		s.t.Errorf("the reveal is not logged:\n%s", s.log)
	}
	s.ask(call{method: http.MethodGet, path: "/receipts", query: query("recipient", "33612345678"), token: viewerToken}, http.StatusForbidden)
	for _, r := range itemsOf(s.ask(call{method: http.MethodGet, path: "/receipts", token: viewerToken}, http.StatusOK)) {
		_, _, body := s.send(call{method: http.MethodGet, token: viewerToken}, "http://"+s.Addr()+"/api/v1/receipts/"+r["id"].(string))
		if strings.Contains(string(body), "3361234567") {
			s.t.Errorf("a viewer sees a number: %s", body)
		}
		s.ask(call{method: http.MethodGet, path: path, at: map[string]string{"id": r["id"].(string)}, token: viewerToken}, http.StatusOK)
	}
	s.ask(call{method: http.MethodGet, path: path, at: map[string]string{"id": "rcpt_0"}}, http.StatusNotFound)
	evil := itemsOf(s.get("/receipts", "message_id", "77"))
	if len(evil) == 0 || evil[0]["err"] != "<script>alert(1)</script>" {
		s.t.Errorf("the hostile receipt is shown as %v", evil)
	}
	for _, r := range itemsOf(s.get("/receipts", "reveal", "1")) {
		if !strings.HasPrefix(r["recipient"].(string), "3361234567") {
			s.t.Errorf("not revealed: %v", r)
		}
	}
}

func (s *apiStage) replays(id string) {
	s.t.Helper()
	for _, c := range []struct {
		order map[string]any
		want  float64
	}{
		{map[string]any{"endpoint": "app", "all": true}, 3},
		{map[string]any{"endpoint": "app", "since": time.Now().Add(-time.Hour), "status": "received"}, 1},
		{map[string]any{"endpoint": "app", "ids": []string{id}}, 1},
	} {
		c.order["dry_run"] = true
		if r := s.post("/replays", c.order, http.StatusOK); r["chosen"] != c.want {
			s.t.Errorf("dry run of %v chose %v", c.order, r["chosen"])
		}
	}
	s.act("/endpoints/{name}/pause", "name", "app")
	first := s.post("/replays", map[string]any{"endpoint": "app", "ids": []string{id}}, http.StatusAccepted)
	second := s.post("/replays", map[string]any{"endpoint": "app", "all": true, "rate": 100}, http.StatusAccepted)
	if n := len(itemsOf(s.get("/replays"))); n != 2 {
		s.t.Errorf("%d replays are listed", n)
	}
	s.act("/replays/{id}/cancel", "id", second["id"].(string))
	s.act("/endpoints/{name}/resume", "name", "app")
	must(s.t, s.sink.At("/app").WaitUntil(s.ctx, func(c simulator.SinkCounts) bool { return c.Distinct == 4 }), s.stage)
	s.until("the replay ended", func() bool { return len(itemsOf(s.get("/replays"))) == 0 })
	replayed := 0
	for _, a := range s.sink.At("/app").Arrivals() {
		if a.Replay == 1 && a.ID == id {
			replayed++
		}
	}
	if replayed != 1 {
		s.t.Errorf("%v was replayed %d times", first, replayed)
	}
}

// retranslates has err 001 become permanent_error_absence and sends what changes.
func (s *apiStage) retranslates() {
	s.t.Helper()
	const secret = "unforgettable"
	order := map[string]any{"since": time.Now().Add(-time.Hour), "config": strings.ReplaceAll(`
# SECRET
listen: 0.0.0.0:1
admin: {tokens: [{name: ops, token: SECRET-0123456789, role: admin}]}
journal: {driver: postgres, dsn: "postgres://u:SECRET@h/d"}
operators:
  - name: acme
    addresses: ["127.0.0.1:2775"]
    system_id: gw
    password: SECRET
    rules: [{stat: UNDELIV, err: "001", status: permanent_error_absence}]
endpoints:
  - name: app
    url: "https://u:SECRET@127.0.0.1/?key=SECRET"
    secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC]
    headers: [{name: X-Key, value: SECRET}]
    oauth2: {token_url: "https://u:SECRET@127.0.0.1/", client_id: c, client_secret: SECRET}
`, "SECRET", secret)}
	dry := s.post("/retranslate", order, http.StatusOK)
	if dry["receipts"] != 3.0 || dry["changed"] != 1.0 {
		s.t.Fatalf("retranslation %v", dry)
	}
	change := dry["changes"].([]any)[0].(map[string]any)
	if change["to"] != "permanent_error_absence" {
		s.t.Errorf("change %v", change)
	}
	taken := s.sink.At("/app").Counts().Distinct
	order["send"], order["endpoint"] = true, "app"
	if sent := s.post("/retranslate", order, http.StatusOK); len(sent["replays"].([]any)) != 1 {
		s.t.Errorf("sent %v", sent)
	}
	must(s.t, s.sink.At("/app").WaitUntil(s.ctx, func(c simulator.SinkCounts) bool { return c.Distinct == taken+1 }), s.stage)
	s.until("the replay has ended", func() bool { return len(itemsOf(s.get("/replays"))) == 0 })
	arrivals := s.sink.At("/app").Arrivals()
	if last := arrivals[len(arrivals)-1]; last.Status != "permanent_error_absence" || last.Replay == 0 {
		s.t.Errorf("the replay brought %+v", last)
	}
	r := s.ask(call{method: http.MethodGet, path: "/receipts/{id}", at: map[string]string{"id": change["id"].(string)}}, http.StatusOK)
	for _, kept := range []string{secret, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"} {
		if inFiles(s.t, filepath.Join(filepath.Dir(s.file), "data"), kept) {
			s.t.Errorf("the journal keeps %q of the configuration", kept)
		}
	}
	history := r["history"].([]any)
	stored := r["data"].(map[string]any)["status"].(map[string]any)["name"]
	if len(history) != 1 || stored == "permanent_error_absence" {
		s.t.Errorf("history %v beside the stored %v", history, stored)
	}
	s.post("/retranslate", map[string]any{"since": time.Now(), "config": "nonsense: true"}, http.StatusBadRequest)
}

func (s *apiStage) holdsBinds() {
	s.t.Helper()
	s.act("/binds/{name}/unbind", "name", "acme/gw/1")
	must(s.t, s.smsc.WaitUnbound(s.ctx), s.stage)
	s.until("the held bind stands among what needs attention", func() bool {
		attention := s.get("/stats")["attention"].([]any)
		return len(attention) == 1 && strings.Contains(attention[0].(map[string]any)["do"].(string), "dlrgate binds bind acme/gw/1")
	})
	must(s.t, s.Close(), s.stage)
	s.run(s.ctx, s.t)
	s.until("held after a restart", func() bool { return itemsOf(s.get("/binds"))[0]["state"] == "held" })
	s.act("/binds/{name}/bind", "name", "acme/gw/1")
	must(s.t, s.smsc.WaitBound(s.ctx, 1), s.stage)
	s.ask(call{method: http.MethodPost, path: "/binds/{name}/bind", at: map[string]string{"name": "acme/gw/2"}}, http.StatusNotFound)
}

func (s *apiStage) keepsEndpoints() {
	s.t.Helper()
	if r := s.act("/endpoints/{name}/test", "name", "app"); r["taken"] != true || s.sink.At("/app").Counts().Tests != 1 {
		s.t.Errorf("test %v", r)
	}
	s.act("/endpoints/{name}/enable", "name", "app")
	s.ask(call{method: http.MethodPost, path: "/endpoints/{name}/forget", at: map[string]string{"name": "app"}}, http.StatusConflict)
	s.ask(call{method: http.MethodPost, path: "/endpoints/{name}/pause", at: map[string]string{"name": "nobody"}}, http.StatusNotFound)
}

func (s *apiStage) keepsHouse() {
	s.t.Helper()
	if l := s.get("/log-level"); l["level"] != "info" {
		s.t.Errorf("level %v", l)
	}
	s.ask(call{method: http.MethodPut, path: "/log-level", body: map[string]string{"level": "debug"}}, http.StatusOK)
	if l := s.get("/log-level"); l["level"] != "debug" {
		s.t.Errorf("level %v", l)
	}
	s.ask(call{method: http.MethodPut, path: "/log-level", body: map[string]string{"level": "loud"}}, http.StatusBadRequest)
	dir := filepath.Join(filepath.Dir(s.file), "backups", "one")
	s.post("/backup", map[string]string{"dir": dir}, http.StatusOK)
	s.post("/backup", map[string]string{"dir": dir}, http.StatusConflict)
	s.post("/backup", map[string]string{"dir": "relative"}, http.StatusBadRequest)
	s.post("/backup", map[string]string{"dir": s.t.TempDir()}, http.StatusBadRequest)
	if p := s.ask(call{method: http.MethodPost, path: "/reload", query: query("dry_run", "1")}, http.StatusOK); len(p["changes"].([]any)) != 0 {
		s.t.Errorf("a reload of the same file changes %v", p)
	}
}

// deadLetters adds an endpoint that fails, and deals with what it leaves.
func (s *apiStage) deadLetters() {
	s.t.Helper()
	crm := s.sink.At("/crm")
	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: 500})
	v := values{SMSC: s.smsc.Addr(), Sink: "http://" + s.sink.Addr()}
	with := v
	with.More = strings.ReplaceAll(crmYAML, "{{.Sink}}", v.Sink) + tokensYAML
	s.write(s.t, with)
	if p := s.ask(call{method: http.MethodPost, path: "/reload"}, http.StatusOK); len(p["changes"].([]any)) != 1 {
		s.t.Fatalf("reload: %v", p)
	}
	s.dies("crm")
	n := s.post("/dead/retry", map[string]any{"all": true, "dry_run": true}, http.StatusOK)
	crm.Behave(simulator.Behaviour{})
	s.act("/endpoints/{name}/enable", "name", "crm")
	s.post("/dead/retry", map[string]any{"endpoint": "crm"}, http.StatusOK)
	must(s.t, crm.WaitFor(s.ctx, int(n["deliveries"].(float64))), s.stage)
	s.until("the dead letters are gone", func() bool { return len(itemsOf(s.get("/dead"))) == 0 })

	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: 500})
	id := s.dies("crm")
	lost, sequence := s.within(id)
	s.post("/dead/drop", map[string]any{"ids": []any{id}}, http.StatusOK)
	told := slices.ContainsFunc(s.deliveries(lost), func(d map[string]any) bool {
		return d["endpoint"] == "crm" && d["sequence"] == sequence && d["state"] == "dropped" && d["class"] == "unreachable" && d["since"] != nil
	})
	if !told {
		s.t.Errorf("of what was dropped it is told %v", s.deliveries(lost))
	}
	s.post("/dead/drop", map[string]any{"ids": []any{id}}, http.StatusNotFound)
	s.post("/dead/drop", map[string]any{"ids": []any{id}, "all": true}, http.StatusBadRequest)

	s.parks(crm)

	v.More = tokensYAML
	s.write(s.t, v)
	s.ask(call{method: http.MethodPost, path: "/reload"}, http.StatusOK)
	s.until("crm is removed", func() bool {
		all := itemsOf(s.get("/endpoints"))
		return len(all) == 2 && all[1]["name"] == "crm" && all[1]["state"] == "removed"
	})
	s.act("/endpoints/{name}/forget", "name", "crm")
	if n := len(itemsOf(s.get("/endpoints"))); n != 1 {
		s.t.Errorf("%d endpoints after forget", n)
	}
}

// parks has crm refuse every other event, and gives up and tries what is parked.
func (s *apiStage) parks(crm *simulator.Endpoint) {
	s.t.Helper()
	sent := 0
	refused := func() {
		crm.Behave(simulator.Behaviour{FailRate: 0.5, FailStatus: http.StatusUnprocessableEntity})
		s.until("something is parked", func() bool {
			s.act("/endpoints/{name}/resume", "name", "crm")
			sent++
			s.deliver("33612345679", fmt.Sprintf("id:90%d stat:DELIVRD err:000", sent))
			s.act("/endpoints/{name}/pause", "name", "crm")
			return len(itemsOf(s.get("/parked", "endpoint", "crm"))) > 0
		})
	}
	refused()
	if x := itemsOf(s.get("/parked"))[0]; x["endpoint"] != "crm" || x["class"] != "refused" || !strings.Contains(x["reason"].(string), "422") {
		s.t.Errorf("parked %v", x)
	}
	if n := s.post("/parked/give-up", map[string]any{"endpoint": "crm"}, http.StatusOK); n["deliveries"] == 0.0 {
		s.t.Error("nothing was given up")
	}
	if n := len(itemsOf(s.get("/parked"))); n != 0 {
		s.t.Errorf("%d are parked still", n)
	}
	refused()
	crm.Behave(simulator.Behaviour{})
	dead := len(itemsOf(s.get("/dead", "endpoint", "crm")))
	if n := s.post("/parked/retry", map[string]any{"endpoint": "crm"}, http.StatusOK); n["deliveries"] == 0.0 {
		s.t.Error("nothing is tried again")
	}
	s.act("/endpoints/{name}/resume", "name", "crm")
	s.until("what was parked is taken", func() bool { return len(itemsOf(s.get("/parked", "endpoint", "crm"))) == 0 })
	if n := len(itemsOf(s.get("/dead", "endpoint", "crm"))); n != dead {
		s.t.Errorf("%d dead letters after a retry, and %d before", n, dead)
	}
}

// within finds a receipt of the dead letter, and the sequence of its copy.
func (s *apiStage) within(dead any) (id string, sequence any) {
	s.t.Helper()
	for _, r := range itemsOf(s.get("/receipts", "limit", "100")) {
		for _, d := range s.deliveries(r["id"].(string)) {
			if d["dead_id"] == dead {
				return r["id"].(string), d["sequence"]
			}
		}
	}
	s.t.Fatalf("no receipt has dead letter %v", dead)
	return "", nil
}

// deliveries returns what became of a receipt's copies at the endpoints.
func (s *apiStage) deliveries(id string) (all []map[string]any) {
	s.t.Helper()
	r := s.ask(call{method: http.MethodGet, path: "/receipts/{id}", at: map[string]string{"id": id}}, http.StatusOK)
	for _, d := range r["deliveries"].([]any) {
		all = append(all, d.(map[string]any))
	}
	return all
}

// erases removes a number: at once what app has taken, and with now what waits.
func (s *apiStage) erases() {
	s.t.Helper()
	s.until("everything of the number is taken", func() bool {
		n := s.post("/erase", map[string]any{"recipient": "+33612345678"}, http.StatusOK)
		return n["waiting"] == 0.0
	})
	s.act("/endpoints/{name}/pause", "name", "app")
	s.deliver("33612345678", "id:11 stat:DELIVRD err:000")
	if n := s.post("/erase", map[string]any{"recipient": "33612345678"}, http.StatusOK); n["waiting"] != 1.0 || n["erased"] != 0.0 {
		s.t.Errorf("erased while it waits: %v", n)
	}
	if n := s.post("/erase", map[string]any{"recipient": "33612345678", "now": true}, http.StatusOK); n["erased"] != 1.0 {
		s.t.Errorf("erased now: %v", n)
	}
	if found := itemsOf(s.get("/receipts", "recipient", "33612345678")); len(found) != 0 {
		s.t.Errorf("still found: %v", found)
	}
	s.act("/endpoints/{name}/resume", "name", "app")
}

// dies sends receipts to an endpoint that fails until a range of them is dead, and
// returns the dead letter's number. One receipt alone would be parked first.
func (s *apiStage) dies(endpoint string) any {
	s.t.Helper()
	const receipts = 50
	answered := s.smsc.Ledger().Counts().OK
	must(s.t, s.smsc.Play(s.ctx, source(receipts), 0), s.stage)
	must(s.t, s.smsc.WaitOK(s.ctx, answered+receipts), s.stage)
	var dead []map[string]any
	s.until("a dead letter", func() bool {
		dead = itemsOf(s.get("/dead", "endpoint", endpoint, "limit", "10"))
		return len(dead) > 0
	})
	if x := dead[0]; x["class"] != "unreachable" || x["operator"] != "acme" {
		s.t.Errorf("dead letter %v", x)
	}
	return dead[0]["id"]
}
