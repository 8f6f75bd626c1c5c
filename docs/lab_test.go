package docs_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

// labYAML is what pages call dlrgate.yaml when they speak of a gateway that
// works: an operator acme and one acme-fr, a webhook app and a spare one.
const labYAML = `
admin: {tokens: [{name: ops, token: "${DLRGATE_ADMIN_TOKEN}", role: admin}]}
journal: {min_free_disk: 1MiB}
operators:
  - name: acme
    addresses: ["127.0.0.1:2775"]
    system_id: gw
    password: secret
    reconnect: {initial: 100ms, max: 1s, after_unbind: 100ms}
  - name: acme-fr
    addresses: ["127.0.0.1:2775"]
    system_id: fr
    password: secret
    rules:
      - {stat: UNDELIV, err: "073", status: temporary_error_portability}
endpoints:
  - {name: app, url: "http://127.0.0.1:9000/app", secrets: ["${APP_WEBHOOK_SECRET}"], retry: {initial: 20ms, max: 100ms}}
  - {name: spare, url: "http://127.0.0.1:9000/spare", secrets: ["${APP_WEBHOOK_SECRET}"], retry: {initial: 20ms, max: 100ms}}
`

// labHasty is the same while dead letters are made: it gives up at once, which
// check warns of.
var labHasty = strings.ReplaceAll(labYAML, "max: 100ms}", "max: 100ms, give_up_after: 500ms}")

// labGone are endpoints that the file does not have any more at the next reload.
const labGone = `  - {name: old, url: "http://127.0.0.1:9000/old", secrets: ["${APP_WEBHOOK_SECRET}"]}
  - {name: older, url: "http://127.0.0.1:9000/older", secrets: ["${APP_WEBHOOK_SECRET}"]}
`

// labSteps start it: twenty receipts, some of which became dead letters while
// the webhook was down.
var labSteps = []block{
	{text: `mkdir ~/lab && cd ~/lab
export DLRGATE_ADMIN_TOKEN=admin-0123456789abcdef APP_WEBHOOK_SECRET=` + ownSecret + `
cat >dlrgate.yaml <<'END'` + labHasty + labGone + "END\n"},
	{marks: []string{"terminal=app"}, text: "smscsim sink --fail-rate 1"},
	{marks: []string{"terminal=operator"}, text: "smscsim serve --count 20 --page 127.0.0.1:2780"},
	{marks: []string{"terminal=gateway"}, text: ". ~/state; echo $$ >pid; exec dlrgate run -c dlrgate.yaml"},
	{marks: []string{"eventually"}, text: "dlrgate dead list --endpoint app | grep unreachable\ndlrgate dead list --endpoint spare | grep unreachable"},
	{marks: []string{"terminal=app"}, text: "smscsim sink --verbose"},
	{text: "curl -sS -o page.html -d dialect=smpp -d stat=DELIVRD -d err=000 http://127.0.0.1:2780/send"},
	{marks: []string{"eventually"}, text: "dlrgate endpoints list | grep -c delivering | grep -x 4"},
	{text: `id() { sed -n 's/.*"'$1'": "\?\([^",]*\).*/\1/p'; }
dlrgate receipts --reveal --json >receipts.json
export RECEIPT=$(id id <receipts.json | sed -n 1p) MESSAGE=$(id message_id <receipts.json | sed -n 1p)
export RECIPIENT=$(id recipient <receipts.json | sed -n 1p) OTHER=$(id recipient <receipts.json | sed -n 2p)
export DEAD=$(dlrgate dead list --endpoint spare --json | id id | sed -n 1p)
test "$RECEIPT" -a "$MESSAGE" -a "$RECIPIENT" -a "$OTHER" -a "$DEAD"
cat >new.yaml <<'END'` + labYAML + `END
cp new.yaml dlrgate.yaml
sed -i 's/^    system_id: gw/&\n    rules: [{stat: DELIVRD, status: delivered_to_operator}]/' new.yaml
`},
}

// openLab starts the lab at a desk.
func openLab(ctx context.Context, t *testing.T, d *desk) {
	t.Helper()
	for _, b := range labSteps {
		var shown *regexp.Regexp
		if v, _ := b.mark("terminal"); v == "gateway" {
			shown = regexp.MustCompile(`"msg":"running"`)
		}
		b.text += "\n"
		if err := d.run(ctx, b, shown); err != nil {
			t.Fatalf("the lab: %s: %v\n%s", b.text, err, d)
		}
	}
}
